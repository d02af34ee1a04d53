#include "cli/completions.hpp"

#include <algorithm>
#include <format>
#include <functional>
#include <ranges>

#include "core/strings.hpp"

namespace pge {
namespace {

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

/// fish knows two escapes between single quotes.
std::string fish_quoted(const std::string& text) {
  return "'" + replaced(replaced(text, R"(\)", R"(\\)"), "'", R"(\')") + "'";
}

std::string command_names(const CompletionTable& table) {
  return joined(table.commands | std::views::transform(&CompletionCommand::name), " ");
}

/// The flags of all options that `fits`, joined as a pattern of `case`.
std::string flags(const std::vector<CompletionOption>& options, const std::string& separator,
                  const std::function<bool(const CompletionOption&)>& fits) {
  std::vector<std::string> found;
  for (const CompletionOption& option : options) {
    if (fits(option)) found.push_back(option.flag);
  }
  return joined(found, separator);
}

auto is_of(CompletionKind kind) {
  return [kind](const CompletionOption& option) { return option.kind == kind; };
}

bool has_value(const CompletionOption& option) {
  return option.kind != CompletionKind::none;
}

/// The branches of bash's `case $previous`: what may follow an option that takes a value.
std::string bash_values(const CompletionTable& table) {
  std::string out;
  for (const CompletionOption& option : table.options) {
    if (option.kind != CompletionKind::choices) continue;
    out += std::format("    {}) mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$current\"); return ;;\n", option.flag,
                       joined(option.choices, " "));
  }
  const auto branch = [&](CompletionKind kind, const std::string& action) {
    const std::string pattern = flags(table.options, " | ", is_of(kind));
    if (!pattern.empty()) out += std::format("    {}) {}return ;;\n", pattern, action);
  };
  branch(CompletionKind::directory, "mapfile -t COMPREPLY < <(compgen -d -- \"$current\"); ");
  branch(CompletionKind::path, "mapfile -t COMPREPLY < <(compgen -f -- \"$current\"); ");
  branch(CompletionKind::text, "");
  return out;
}

std::string bash_command_flags(const CompletionTable& table) {
  std::string out;
  for (const CompletionCommand& command : table.commands) {
    if (command.options.empty()) continue;
    out += std::format("      {}) words+=' {}' ;;\n", command.name,
                       flags(command.options, " ", [](const CompletionOption&) { return true; }));
  }
  return out;
}

/// A bracket, a colon and a backslash end parts of what zsh's _arguments reads.
std::string zsh_escaped(std::string text) {
  for (const auto* const special : {R"(\)", "[", "]", ":"})
    text = replaced(text, special, R"(\)" + std::string(special));
  return text;
}

std::string zsh_action(const CompletionOption& option) {
  switch (option.kind) {
    case CompletionKind::choices:
      return std::format("({})", joined(option.choices, " "));
    case CompletionKind::directory:
      return "_files -/";
    case CompletionKind::path:
      return "_files";
    case CompletionKind::none:
    case CompletionKind::text:
      break;
  }
  return " ";
}

std::string zsh_option(const CompletionOption& option) {
  std::string spec = option.repeatable ? "*" : "";
  spec += std::format("{}{}[{}]", option.flag, has_value(option) ? "=" : "", zsh_escaped(option.help));
  if (has_value(option)) spec += std::format(":{}:{}", zsh_escaped(option.value), zsh_action(option));
  return "    " + shell_quoted(spec) + "\n";
}

std::string fish_option(const CompletionOption& option, const std::string& condition) {
  std::string line =
      std::format("complete -c pg-entrypoint -n {} -l {}", fish_quoted(condition), option.flag.substr(2));
  switch (option.kind) {
    case CompletionKind::none:
      break;
    case CompletionKind::text:
      line += " -x";
      break;
    case CompletionKind::choices:
      line += std::format(" -x -a '{}'", joined(option.choices, " "));
      break;
    case CompletionKind::directory:
      line += " -x -a '(__fish_complete_directories)'";
      break;
    case CompletionKind::path:
      line += " -r -F";
      break;
  }
  return line + std::format(" -d {}\n", fish_quoted(option.help));
}

}  // namespace

std::string bash_completion(const CompletionTable& table) {
  return std::format(
      R"(# bash completion for pg-entrypoint, made from its options
_pg_entrypoint() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}} command='' words word i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${{COMP_WORDS[i]}}
    case $word in
      --) command=application ;;
      {0})
        # bash makes a word of its own of "="
        if [ "${{COMP_WORDS[i + 1]}}" = = ]; then i=$((i + 1)); fi
        i=$((i + 1))
        ;;
      -*) ;;
      *) if [ -z "$command" ] || [ "$command" = run ]; then command=$word; fi ;;
    esac
    case $command in
      '' | {1}) ;;
      *)
        # The application's own command and its files.
        if ((i + 1 == COMP_CWORD)) && [ "$word" = -- ]; then mapfile -t COMPREPLY < <(compgen -c -- "$current")
        else mapfile -t COMPREPLY < <(compgen -f -- "$current"); fi
        return
        ;;
    esac
  done
  if [ "$current" = = ]; then current=''
  elif [ "$previous" = = ]; then previous=${{COMP_WORDS[COMP_CWORD - 2]}}; fi
  case $previous in
{2}  esac
  if [[ $current == -* ]]; then
    words='{3}'
    case $command in
{4}    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  elif [ -z "$command" ]; then
    mapfile -t COMPREPLY < <(compgen -W '{5}' -- "$current")
  elif [ "$command" = run ]; then
    mapfile -t COMPREPLY < <(compgen -c -- "$current")
  fi
}}
complete -F _pg_entrypoint pg-entrypoint
)",
      flags(table.options, " | ", has_value), replaced(command_names(table), " ", " | "), bash_values(table),
      flags(table.options, " ", [](const CompletionOption&) { return true; }), bash_command_flags(table),
      command_names(table));
}

std::string zsh_completion(const CompletionTable& table) {
  std::string options;
  std::string commands;
  std::string own;
  for (const CompletionOption& option : table.options) options += zsh_option(option);
  for (const CompletionCommand& command : table.commands) {
    commands += "    " + shell_quoted(command.name + ":" + zsh_escaped(command.help)) + "\n";
    if (command.options.empty()) continue;
    own += std::format("  {})\n    options+=(\n", command.name);
    for (const CompletionOption& option : command.options) own += zsh_option(option);
    own += "    )\n    ;;\n";
  }
  return std::format(
      R"(#compdef pg-entrypoint
# zsh completion for pg-entrypoint, made from its options
_pg_entrypoint() {{
  local context state line
  typeset -A opt_args
  local -a options commands
  options=(
{0}  )
  commands=(
{1}  )
  case ${{words[(r)({2})]}} in
{3}  esac
  _arguments -S : $options '1: :->command' '*: :->rest'
  case $state in
    command) _describe -t commands command commands || _command_names -e ;;
    rest) [[ -n ${{words[(r)(run|--)]}} ]] && _normal ;;
  esac
}}
_pg_entrypoint "$@"
)",
      options, commands, replaced(command_names(table), " ", "|"), own);
}

std::string fish_completion(const CompletionTable& table) {
  const std::string names = command_names(table);
  const std::string before = "not contains -- -- (commandline -opc)";
  std::string out = "# fish completion for pg-entrypoint, made from its options\ncomplete -c pg-entrypoint -f\n";
  for (const CompletionCommand& command : table.commands) {
    out += std::format("complete -c pg-entrypoint -n {} -a {} -d {}\n",
                       fish_quoted(std::format("{}; and not __fish_seen_subcommand_from {}", before, names)),
                       command.name, fish_quoted(command.help));
  }
  for (const CompletionOption& option : table.options) out += fish_option(option, before);
  for (const CompletionCommand& command : table.commands) {
    const std::string condition = std::format("{}; and __fish_seen_subcommand_from {}", before, command.name);
    for (const CompletionOption& option : command.options) out += fish_option(option, condition);
  }
  return out + "complete -c pg-entrypoint -n 'contains -- -- (commandline -opc)' -F\n";
}

}  // namespace pge
