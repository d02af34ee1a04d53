#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pge {

/// What the beginning of a file says of how it can be run.
enum class Format : std::uint8_t {
  native,   ///< a program for this processor
  script,   ///< "#!" and an interpreter
  text,     ///< no program, and no kernel runs it; an empty file too
  foreign,  ///< a program for another processor, or of a format that only binfmt_misc can know
};
Format format_of(std::string_view head);

/// Whether a text starts with the mark of UTF-8 or UTF-16, which hides its #! line from the kernel.
bool has_encoding_mark(std::string_view head) noexcept;

/// The interpreter of a script: "#!" and what follows to the first blank (execve(2), "Interpreter scripts"); a carriage
/// return is kept, because the kernel keeps it.
std::optional<std::string> script_interpreter(std::string_view head);

/// The dynamic loader that a 64-bit ELF file names (PT_INTERP, elf(5)).
std::optional<std::string> elf_loader(std::string_view head);

/// The program that a script asks env(1) for ("#!/usr/bin/env node"), where that is one plain word.
std::optional<std::string> program_for_env(std::string_view head);

}  // namespace pge
