#include "alembic/alembic_command.hpp"

#include <algorithm>
#include <array>
#include <format>
#include <span>

#include "alembic/argument_words.hpp"
#include "alembic/flask_command.hpp"
#include "alembic/python_command.hpp"
#include "core/strings.hpp"

namespace pge {
namespace {

constexpr std::array<std::string_view, 15> subcommands{
    "branches", "check",          "current", "downgrade", "edit", "ensure_version", "heads",  "history",
    "init",     "list_templates", "merge",   "revision",  "show", "stamp",          "upgrade"};

bool is_alembic(const PythonProgram& program) {
  static constexpr std::array<std::string_view, 3> modules{"alembic", "alembic.config", "alembic.__main__"};
  return program.is_module ? std::ranges::contains(modules, program.name) : program.name == "alembic";
}

bool is_flask(const PythonProgram& program) {
  return program.name == "flask" || (program.is_module && program.name == "flask.__main__");
}

bool is_pyproject(std::string_view path) {
  return path.substr(path.rfind('/') + 1) == "pyproject.toml";
}

class CommandReader {
 public:
  AlembicCommand read(std::span<const std::string> words) {
    ArgumentWords arguments(words, main_options);
    while (const auto item = arguments.next()) {
      if (item->option == nullptr) {
        if (arguments.separated()) doubt("\"--\" before the subcommand");
        subcommand(item->value, arguments.rest());
        return std::move(command_);
      }
      main_option(*item);
    }
    doubt(arguments.doubt().empty() ? "it names no subcommand" : arguments.doubt());
    return std::move(command_);
  }

 private:
  void doubt(std::string why) {
    if (command_.doubt.empty()) command_.doubt = std::move(why);
  }

  void main_option(const ArgumentWords::Item& item) {
    if (item.option->brief == 'x') {
      command_.x_arguments.push_back(item.value);
    } else if (item.option->full == "config") {
      if (item.value.empty()) doubt("-c names no file");
      (is_pyproject(item.value) ? command_.pyproject : command_.ini) = item.value;
    } else if (item.option->full == "name") {
      if (item.value.empty()) doubt("-n names no section");
      command_.section = item.value;
    } else if (!says_more_or_less(item)) {
      doubt(std::format("--{} only prints something", item.option->full));
    }
  }

  static bool says_more_or_less(const ArgumentWords::Item& item) {
    return item.option->full == "quiet" || item.option->full == "raiseerr";
  }

  void subcommand(const std::string& name, std::span<const std::string> words) {
    command_.subcommand = name;
    if (!std::ranges::contains(subcommands, name)) return doubt(std::format("Alembic has no subcommand {}", name));
    if (name == "upgrade") upgrade(words);
  }

  void upgrade(std::span<const std::string> words) {
    ArgumentWords arguments(words, upgrade_options);
    while (const auto item = arguments.next()) {
      if (item->option == nullptr) {
        command_.targets.push_back(item->value);
      } else if (item->option->full == "sql") {
        command_.sql = true;
      } else if (item->option->full == "tag") {
        command_.tag = item->value;
      } else {
        doubt("--help only prints something");
      }
    }
    if (!arguments.doubt().empty()) return doubt(arguments.doubt());
    if (command_.targets.size() != 1) doubt("upgrade takes one target");
  }

  static constexpr std::array<ArgumentOption, 7> main_options{{{'h', "help", false},
                                                               {0, "version", false},
                                                               {'c', "config", true},
                                                               {'n', "name", true},
                                                               {'x', "", true},
                                                               {0, "raiseerr", false},
                                                               {'q', "quiet", false}}};
  static constexpr std::array<ArgumentOption, 3> upgrade_options{
      {{'h', "help", false}, {0, "sql", false}, {0, "tag", true}}};

  AlembicCommand command_;
};

}  // namespace

bool AlembicCommand::upgrades_to(std::string_view target) const {
  return doubt.empty() && subcommand == "upgrade" && !sql && tag.empty() && targets.size() == 1 &&
         targets.front() == target;
}

std::optional<AlembicCommand> parse_alembic_command(const std::vector<std::string>& words) {
  const auto program = find_python_program(words);
  if (!program) return std::nullopt;
  const auto arguments = std::span(words).subspan(program->arguments);
  if (is_flask(*program)) return parse_flask_command(arguments);
  if (is_alembic(*program)) return CommandReader().read(arguments);
  return std::nullopt;
}

bool mentions_alembic(const std::vector<std::string>& words) {
  static constexpr std::string_view between_words_of_a_shell = " \t\n;&|(){}'\"";
  return std::ranges::any_of(words, [](const std::string& word) {
    return std::ranges::any_of(split(word, between_words_of_a_shell),
                               [](std::string_view part) { return part.substr(part.rfind('/') + 1) == "alembic"; });
  });
}

}  // namespace pge
