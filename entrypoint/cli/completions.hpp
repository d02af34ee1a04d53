#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace pge {

/// What a shell may offer after an option, or for a word of a command.
enum class CompletionKind { none, text, choices, directory, path };

/// An option as shells need it.
struct CompletionOption {
  std::string flag;  // with its dashes
  std::string help;
  CompletionKind kind = CompletionKind::none;  // none: a switch
  std::string value;                           // the placeholder
  std::vector<std::string> choices;
  bool repeatable = false;
};

struct CompletionCommand {
  std::string name;
  std::string help;
  std::vector<CompletionOption> options;  // those that only this command has
};

/// Everything that can be completed, in the order of `--help`.
struct CompletionTable {
  std::vector<CompletionOption> options;
  std::vector<CompletionCommand> commands;
};

/// Reads it from what `declare_options` declared.
CompletionTable completion_table(const CLI::App& app);

/// The scripts that complete the words of `pg-entrypoint`.
std::string bash_completion(const CompletionTable& table);
std::string zsh_completion(const CompletionTable& table);
std::string fish_completion(const CompletionTable& table);

}  // namespace pge
