#include "cli/completions.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "cli/options.hpp"

namespace pge {
namespace {

CompletionTable declared() {
  static Settings settings;
  CLI::App app;
  declare_options(app, settings);
  return completion_table(app);
}

const CompletionOption& option(const CompletionTable& table, const std::string& flag) {
  return *std::ranges::find(table.options, flag, &CompletionOption::flag);
}

TEST_CASE("an option is completed by what its placeholder says") {
  const CompletionTable table = declared();
  CHECK(option(table, "--quiet").kind == CompletionKind::none);
  CHECK(option(table, "--version").kind == CompletionKind::none);
  CHECK(option(table, "--wait-timeout").kind == CompletionKind::text);
  CHECK(option(table, "--dir").kind == CompletionKind::directory);
  CHECK(option(table, "--alembic").kind == CompletionKind::path);
  CHECK(option(table, "--migrator-inputs").kind == CompletionKind::path);
  CHECK(option(table, "--migrator-inputs").repeatable);
  CHECK(option(table, "--on-stop").choices == std::vector<std::string>{"cancel", "finish"});
  CHECK(option(table, "--search-path").kind == CompletionKind::text);
  CHECK(option(table, "--user").kind == CompletionKind::text);
}

TEST_CASE("every option and command of the help text is in each shell's completion") {
  const CompletionTable table = declared();
  const std::string bash = bash_completion(table);
  const std::string zsh = zsh_completion(table);
  const std::string fish = fish_completion(table);
  for (const CompletionOption& one : table.options) {
    CAPTURE(one.flag);
    CHECK((bash.contains("'" + one.flag + " ") || bash.contains(" " + one.flag + " ") ||
           bash.contains(" " + one.flag + "'")));
    CHECK((zsh.contains("'" + one.flag) || zsh.contains("*" + one.flag)));
    CHECK(fish.contains(" -l " + one.flag.substr(2) + " "));
  }
  CHECK(table.commands.size() >= 10);
  for (const CompletionCommand& command : table.commands) {
    CAPTURE(command.name);
    CHECK((bash.contains("'" + command.name + " ") || bash.contains(" " + command.name + " ") ||
           bash.contains(" " + command.name + "'")));
    CHECK(zsh.contains("'" + command.name + ":"));
    CHECK(fish.contains(" -a " + command.name + " "));
  }
}

TEST_CASE("what a shell would take for its own syntax in a help text is escaped") {
  CompletionOption odd;
  odd.flag = "--odd";
  odd.help = R"(a 'quote', a [bracket], one:two and a \)";
  const CompletionTable table{.options = {odd}, .commands = {}};
  CHECK(zsh_completion(table).contains(R"('--odd[a '\''quote'\'', a \[bracket\], one\:two and a \\]')"));
  CHECK(fish_completion(table).contains(R"(-d 'a \'quote\', a [bracket], one:two and a \\')"));
}

}  // namespace
}  // namespace pge
