#include "cli/command_line.hpp"

#include <algorithm>
#include <format>

#include "cli/combinations.hpp"
#include "cli/command_pattern.hpp"
#include "cli/option_group.hpp"
#include "cli/options.hpp"
#include "cli/suggest.hpp"
#include "config/environment.hpp"
#include "config/settle_environment.hpp"
#include "core/tool_version.hpp"
#include "core/trace_context.hpp"

namespace pge {
namespace {

constexpr std::string_view variable_prefix = "PG_ENTRYPOINT_";

/// The words for pg-entrypoint, and the application's command that follows them.
struct SplitWords {
  std::vector<std::string> own;
  std::vector<std::string> application;
};

bool takes_value(const CLI::App& app, const std::string& word) {
  const CLI::Option* option = app.get_option_no_throw(word);
  return option != nullptr && option->get_items_expected_max() > 0;
}

bool is_command(const CLI::App& app, const std::string& word) {
  return std::ranges::any_of(app.get_subcommands({}), [&](const CLI::App* sub) { return sub->get_name() == word; });
}

/// `--` is optional: the first word that is neither option nor subcommand starts the command. After a subcommand other
/// than `run` there is no command, and all words are for pg-entrypoint.
///
/// Behind --no-database there are no subcommands, as with any other init: the first word starts the command.
SplitWords split_words(const CLI::App& app, const std::vector<std::string>& words) {
  bool is_init = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const auto at = words.begin() + static_cast<std::ptrdiff_t>(i);
    if (word == "--") return {.own = {words.begin(), at}, .application = {at + 1, words.end()}};
    if (word.starts_with('-')) {
      if (takes_value(app, word)) ++i;
      is_init = is_init || word == "--no-database" || word == "--no-database=true";
      continue;
    }
    if (word == "run") continue;
    if (!is_init && is_command(app, word)) {
      const auto dashes = std::ranges::find(words, "--");
      if (dashes != words.end()) return {.own = {words.begin(), dashes}, .application = {dashes + 1, words.end()}};
      break;
    }
    return {.own = {words.begin(), at}, .application = {at, words.end()}};
  }
  return {.own = words, .application = {}};
}

/// The values that `words` give to an option, `--flag VALUE` or `--flag=VALUE`.
std::vector<std::string_view> values_given(const CLI::Option& option, const std::vector<std::string>& words) {
  const std::string flag = option.get_name();
  std::vector<std::string_view> values;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].starts_with(flag + "=")) values.push_back(std::string_view(words[i]).substr(flag.size() + 1));
    if (words[i] != flag) continue;
    const bool is_switch = option.get_items_expected_max() == 0;
    if (is_switch) values.emplace_back("true");
    if (!is_switch && i + 1 < words.size()) values.emplace_back(words[++i]);
  }
  return values;
}

std::string text_of(const GetEnv& get, const std::string& variable) {
  const char* const value = get(variable.c_str());
  return value == nullptr ? "" : value;
}

/// What the words before `--` give last to an option that takes a value, else what its variable has.
std::string last_value(const std::string& flag, const std::vector<std::string>& words, const GetEnv& get) {
  std::string given = text_of(get, variable_of(flag));
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    if (words[i] == flag && i + 1 < words.size()) given = words[i + 1];
    if (words[i].starts_with(flag + "=")) given = words[i].substr(flag.size() + 1);
  }
  return given;
}

/// The trace that started us: an invalid one is not used, and that is said once.
void take_trace(ReportingSettings& reporting, const GetEnv& get, std::vector<std::string>& warnings) {
  const std::string given = text_of(get, "TRACEPARENT");
  reporting.trace_id = trace_id_of(given).value_or("");
  if (!given.empty() && reporting.trace_id.empty()) {
    warnings.emplace_back("TRACEPARENT is not a W3C trace context: the log has no trace_id");
  }
}

/// An option that is given has a value. Otherwise `--user ''`, or a variable that a compose file passes on although
/// nobody has set it, would quietly mean the default: root, or SQL files instead of the migrator.
Result<> check_values(const CLI::App& app, const std::vector<std::string>& words, const GetEnv& get) {
  for (const CLI::Option* option : app.get_options()) {
    const std::string& variable = option->get_envname();
    if (variable.empty()) continue;
    const bool is_list = option->get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
    const auto is_empty = [&](std::string_view value) {
      return value.find_first_not_of(is_list ? " \t:," : " \t") == std::string_view::npos;
    };
    const auto values = values_given(*option, words);
    if (std::ranges::any_of(values, is_empty)) {
      return fail(ExitCode::usage, option->get_name() + " is given, but empty",
                  std::format("give it a value, or leave it out; {}", usage_hint));
    }
    const char* const set = values.empty() ? get(variable.c_str()) : nullptr;
    if (set != nullptr && is_empty(set)) {
      return fail(ExitCode::configuration, variable + " is set but empty", "give it a value, or unset it");
    }
  }
  return {};
}

/// `usage_hint`, preceded by the option that was probably meant.
std::string hint_for(const CLI::App& app, const std::vector<std::string>& words) {
  std::vector<std::string> known{"json", "for-migrations", "live", "ready", "tcp", "http"};
  for (const CLI::Option* option : app.get_options()) {
    known.insert(known.end(), option->get_lnames().begin(), option->get_lnames().end());
  }
  for (const std::string& word : words) {
    if (!word.starts_with("--")) continue;
    const std::string name = word.substr(2, word.find('=') - 2);
    if (std::ranges::contains(known, name)) continue;
    const std::string meant = nearest(name, known);
    if (!meant.empty()) return std::format("did you mean --{}? {}", meant, usage_hint);
  }
  return usage_hint;
}

/// The hint for an application's command that is not found, if its name is a subcommand, or nearly one. Else empty.
std::string command_hint(const CLI::App& app, const std::string& name) {
  if (is_command(app, name)) {
    return std::format(
        "{0} is a pg-entrypoint command, but words after `--` belong to the application: docker run --entrypoint "
        "pg-entrypoint IMAGE {0}",
        name);
  }
  std::vector<std::string> known;
  for (const CLI::App* command : app.get_subcommands({})) known.push_back(command->get_name());
  const std::string meant = nearest(name, known);
  return meant.empty() ? "" : std::format("did you mean pg-entrypoint {}?", meant);
}

std::string warning_of(const std::string& variable, const std::vector<std::string>& known) {
  std::vector<std::string> names;
  names.reserve(known.size());
  for (const std::string& name : known) names.push_back(name.substr(variable_prefix.size()));
  const std::string meant = nearest(variable.substr(variable_prefix.size()), names);
  return std::format("unknown variable {}, ignored{}", variable,
                     meant.empty() ? "" : std::format("; did you mean {}{}?", variable_prefix, meant));
}

std::vector<std::string> known_variables(const CLI::App& app) {
  std::vector<std::string> known;
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_envname().empty()) known.push_back(option->get_envname());
  }
  return known;
}

}  // namespace

Result<std::variant<Invocation, Printout>> parse_command_line(const std::vector<std::string>& arguments,
                                                              EnvironmentList environment, const GetEnv& get) {
  Invocation invocation;
  Settings& s = invocation.settings;
  CLI::App app;
  declare_options(app, s);
  SplitWords words = split_words(app, arguments);
  s.serving.command = std::move(words.application);
  const bool has_command = !s.serving.command.empty();
  if (auto sound = check_values(app, words.own, get); !sound) return fail(sound.error());
  try {
    app.parse(std::vector<std::string>(words.own.rbegin(), words.own.rend()));  // the order CLI11 consumes them in
  } catch (const CLI::CallForHelp&) {
    return Printout{help_text(app)};
  } catch (const CLI::ConversionError& error) {
    // Only switches are converted by CLI11: "Could not convert: --exec = perhaps".
    std::string what = error.what();
    if (const std::size_t colon = what.find(": "); colon != std::string::npos) what.erase(0, colon + 2);
    return fail(ExitCode::usage, what + ": a switch takes true or false", usage_hint);
  } catch (const CLI::ParseError& error) {
    return fail(ExitCode::usage, error.what(), hint_for(app, words.own));
  }
  if (app.get_option("--lock-timeout")->count() > 0) s.migrator.lock_timeout = s.migrating.lock_timeout;
  if (app.count("--version") > 0) {
    return Printout{tool_version() + "\n" + (app.count("--verbose") > 0 ? build_details() : "")};
  }
  if (arguments.empty()) return fail(ExitCode::usage, "no command to run was given", usage_hint);
  // A version that a deployment pins with PG_ENTRYPOINT_TO must not decide how far a rollback goes.
  const auto is_to = [](const std::string& word) { return word == "--to" || word.starts_with("--to="); };
  if (s.command == CommandName::down && !std::ranges::any_of(arguments, is_to)) s.migrating.to.reset();
  if (auto sound = check_combinations(app, s, has_command); !sound) return fail(sound.error());
  s.serving.passed_by = passed_by(s.serving);

  if (has_command) s.serving.command_hint = command_hint(app, s.serving.command.front());
  const std::vector<std::string> known = known_variables(app);
  for (const std::string& name : unknown_variables(environment, known)) {
    invocation.warnings.push_back(warning_of(name, known));
  }
  if (s.command != CommandName::scaffold && s.command != CommandName::healthcheck) {
    take_trace(s.reporting, get, invocation.warnings);
    if (auto settled = settle_environment(s, environment, invocation.warnings, get); !settled)
      return fail(settled.error());
  }
  invocation.environment = std::move(environment);
  return invocation;
}

ReportingSettings reporting_given(const std::vector<std::string>& arguments, const GetEnv& get) {
  ReportingSettings known;
  if (last_value("--log-format", arguments, get) == "json") known.format = LogFormat::json;
  if (std::string path = last_value("--termination-log", arguments, get); !path.empty()) {
    known.termination_log = std::move(path);
  }
  known.trace_id = trace_id_of(text_of(get, "TRACEPARENT")).value_or("");
  return known;
}

}  // namespace pge
