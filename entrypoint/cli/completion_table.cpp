#include <algorithm>
#include <cctype>

#include "cli/completions.hpp"
#include "core/strings.hpp"

namespace pge {
namespace {

/// "auto|check|off" names its choices; "PATH|env:NAME" is a placeholder.
bool names_choices(const std::string& value) {
  const auto fits = [](unsigned char c) { return std::islower(c) != 0 || c == '|' || c == '-'; };
  return value.contains('|') && std::ranges::all_of(value, fits);
}

CompletionKind kind_of(const std::string& flag, const std::string& value) {
  if (value.empty()) return CompletionKind::none;
  if (flag == "--search-path") return CompletionKind::text;  // a path of schemas
  if (names_choices(value)) return CompletionKind::choices;
  if (value == "DIR") return CompletionKind::directory;
  if (value.starts_with("PATH") || value == "FILE") return CompletionKind::path;
  return CompletionKind::text;
}

CompletionOption option_of(const CLI::Option& option, const std::string& flag) {
  CompletionOption found;
  found.flag = flag;
  found.help = option.get_description();
  // A switch is told from an option by the number of its values; its placeholder in the help text is a blank.
  if (option.get_items_expected_max() == 0) return found;
  found.value = option.get_option_text();
  found.kind = kind_of(flag, found.value);
  found.repeatable = option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
  if (found.kind == CompletionKind::choices) {
    found.choices = split(found.value, "|");
  }
  return found;
}

std::vector<CompletionOption> options_of(const CLI::App& app) {
  std::vector<CompletionOption> found;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) found.push_back(option_of(*option, "--" + name));
  }
  return found;
}

}  // namespace

CompletionTable completion_table(const CLI::App& app) {
  CompletionTable table{.options = options_of(app), .commands = {}};
  for (const CLI::App* sub : app.get_subcommands({})) {
    table.commands.push_back({.name = sub->get_name(), .help = sub->get_description(), .options = options_of(*sub)});
  }
  return table;
}

}  // namespace pge
