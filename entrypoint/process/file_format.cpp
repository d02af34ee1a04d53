#include "process/file_format.hpp"

#include <elf.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "core/text.hpp"

namespace pge {
namespace {

#if defined(__x86_64__)
constexpr unsigned own_machine = EM_X86_64, own_32_bit_machine = EM_386;
#elif defined(__aarch64__)
constexpr unsigned own_machine = EM_AARCH64, own_32_bit_machine = EM_ARM;
#else
constexpr unsigned own_machine = EM_NONE, own_32_bit_machine = EM_NONE;  // then nothing is called foreign
#endif

/// e_machine is at the same place in 32-bit and in 64-bit files (elf(5)).
bool is_native(std::string_view head) noexcept {
  Elf32_Ehdr header{};
  if (own_machine == EM_NONE || head.size() < sizeof header) return true;
  std::memcpy(&header, head.data(), sizeof header);
  return header.e_machine == own_machine || header.e_machine == own_32_bit_machine;
}

}  // namespace

Format format_of(std::string_view head) {
  if (const auto interpreter = script_interpreter(head)) return interpreter->empty() ? Format::text : Format::script;
  if (head.starts_with(ELFMAG)) return is_native(head) ? Format::native : Format::foreign;
  if (has_encoding_mark(head)) return Format::text;
  constexpr std::size_t looked_at = 256;  // what the kernel looks at (BINPRM_BUF_SIZE)
  return head.substr(0, looked_at).contains('\0') ? Format::foreign : Format::text;
}

bool has_encoding_mark(std::string_view head) noexcept {
  return head.starts_with(byte_order_mark) || head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF");
}

std::optional<std::string> script_interpreter(std::string_view head) {
  if (!head.starts_with("#!")) return std::nullopt;
  head.remove_prefix(2);
  head = head.substr(0, head.find('\n'));
  head.remove_prefix(std::min(head.find_first_not_of(" \t"), head.size()));
  return std::string(head.substr(0, head.find_first_of(" \t")));
}

std::optional<std::string> elf_loader(std::string_view head) {
  Elf64_Ehdr header{};
  if (!head.starts_with(ELFMAG) || head.size() < sizeof header || head[EI_CLASS] != ELFCLASS64) return std::nullopt;
  std::memcpy(&header, head.data(), sizeof header);
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment{};
    const std::size_t at = header.e_phoff + (i * sizeof segment);
    if (at > head.size() || head.size() - at < sizeof segment) break;
    std::memcpy(&segment, head.data() + at, sizeof segment);
    if (segment.p_type != PT_INTERP || segment.p_offset >= head.size()) continue;
    const std::string_view rest = head.substr(segment.p_offset, segment.p_filesz);
    return std::string(rest.substr(0, rest.find('\0')));
  }
  return std::nullopt;
}

std::optional<std::string> program_for_env(std::string_view head) {
  const auto interpreter = script_interpreter(head);
  if (!interpreter || interpreter->substr(interpreter->rfind('/') + 1) != "env") return std::nullopt;
  std::string_view line = head.substr(0, head.find('\n'));
  line = trim(line.substr(line.find(*interpreter) + interpreter->size()));
  if (line.starts_with("-S ")) {
    line.remove_prefix(3);
    line = line.substr(0, line.find(' '));
  }
  const bool plain =
      !line.empty() && line.front() != '-' && line.find_first_of(" \t=$\\\"'#") == std::string_view::npos;
  return plain ? std::optional<std::string>(line) : std::nullopt;
}

}  // namespace pge
