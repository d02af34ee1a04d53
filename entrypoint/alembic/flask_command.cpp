#include "alembic/flask_command.hpp"

#include <algorithm>
#include <array>
#include <format>

#include "alembic/argument_words.hpp"

namespace pge {
namespace {

constexpr std::array<ArgumentOption, 6> flask_options{{{'A', "app", true},
                                                       {'e', "env-file", true},
                                                       {0, "debug", false},
                                                       {0, "no-debug", false},
                                                       {0, "version", false},
                                                       {0, "help", false}}};
constexpr std::array<ArgumentOption, 1> group_options{{{0, "help", false}}};
constexpr std::array<ArgumentOption, 5> flask_upgrade_options{
    {{'d', "directory", true}, {0, "sql", false}, {0, "tag", true}, {'x', "x-arg", true}, {0, "help", false}}};
constexpr std::array<std::string_view, 15> migrate_commands{
    "branches",       "check", "current", "downgrade", "edit", "heads", "history", "init",
    "list-templates", "merge", "migrate", "revision",  "show", "stamp", "upgrade"};

AlembicCommand doubtful(std::string why) {
  return {.doubt = std::move(why), .flask = true};
}

/// The first word that is no option, if no option in front of it only prints something.
std::optional<std::string> next_command(ArgumentWords& arguments) {
  while (const auto item = arguments.next()) {
    if (item->option == nullptr) return arguments.separated() ? std::nullopt : std::optional(item->value);
    if (item->option->full == "help" || item->option->full == "version") return std::nullopt;
  }
  return std::nullopt;
}

AlembicCommand upgrade(std::span<const std::string> words) {
  AlembicCommand command{.flask = true, .subcommand = "upgrade"};
  ArgumentWords arguments(words, flask_upgrade_options, false);
  while (const auto item = arguments.next()) {
    if (item->option == nullptr) {
      command.targets.push_back(item->value);
    } else if (item->option->brief == 'd') {
      command.directory = item->value;
      if (item->value.empty()) command.doubt = "-d names no folder";
    } else if (item->option->brief == 'x') {
      command.x_arguments.push_back(item->value);
    } else if (item->option->full == "sql") {
      command.sql = true;
    } else if (item->option->full == "tag") {
      command.tag = item->value;
    } else {
      command.doubt = "--help only prints something";
    }
  }
  if (!arguments.doubt().empty()) command.doubt = arguments.doubt();
  if (command.targets.size() > 1) command.doubt = "upgrade takes one target";
  if (command.targets.empty()) command.targets.emplace_back("head");
  return command;
}

}  // namespace

std::optional<AlembicCommand> parse_flask_command(std::span<const std::string> words) {
  ArgumentWords flask(words, flask_options, false);
  const auto group = next_command(flask);
  if (group && *group != "db") return std::nullopt;
  if (!group) {
    if (!std::ranges::contains(words, "db")) return std::nullopt;
    return doubtful(flask.doubt().empty() ? "the options in front of db" : flask.doubt());
  }
  ArgumentWords db(flask.rest(), group_options, false);
  const auto name = next_command(db);
  if (!name) return doubtful(db.doubt().empty() ? "it names no subcommand" : db.doubt());
  if (!std::ranges::contains(migrate_commands, *name)) return doubtful("Flask-Migrate has no subcommand " + *name);
  if (*name == "upgrade") return upgrade(db.rest());
  return AlembicCommand{.flask = true, .subcommand = *name};
}

}  // namespace pge
