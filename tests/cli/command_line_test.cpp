#include "cli/command_line.hpp"

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <sstream>

#include "cli/options.hpp"

using namespace std::chrono_literals;
using pge::CommandName;
using pge::ExitCode;

namespace {

const char* with_url(const char* name) {
  return std::string_view(name) == "DATABASE_URL" ? "postgresql://h/d" : nullptr;
}

auto parse(const std::vector<std::string>& arguments) {
  return pge::parse_command_line(arguments, {}, with_url);
}

pge::Settings settings_of(const std::vector<std::string>& arguments) {
  auto parsed = parse(arguments);
  REQUIRE(parsed.has_value());
  return std::get<pge::Invocation>(*parsed).settings;
}

}  // namespace

TEST_CASE("the first word that is neither option nor command starts the application's command") {
  struct Row {
    std::vector<std::string> arguments;
    std::vector<std::string> application;
  };
  for (const Row& row : std::vector<Row>{
           {{"uvicorn", "app:app", "--port", "8000"}, {"uvicorn", "app:app", "--port", "8000"}},
           {{"--", "uvicorn", "--", "x"}, {"uvicorn", "--", "x"}},
           {{"--dir", "m", "--quiet", "uvicorn", "--quiet"}, {"uvicorn", "--quiet"}},
           {{"--dir=m", "uvicorn"}, {"uvicorn"}},
           {{"run", "uvicorn", "-h"}, {"uvicorn", "-h"}},
           {{"run", "--dir", "m", "--", "status"}, {"status"}},
           {{"--", "migrate"}, {"migrate"}},
       }) {
    CHECK(settings_of(row.arguments).serving.command == row.application);
  }
}

TEST_CASE("a migrator gets the lock time-out that was said, and no default") {
  CHECK_FALSE(settings_of({"--migrator", "m", "x"}).migrator.lock_timeout);
  CHECK(settings_of({"--migrator", "m", "--lock-timeout", "5s", "x"}).migrator.lock_timeout == 5s);
  CHECK(settings_of({"migrate", "--migrator", "m", "--lock-timeout=0"}).migrator.lock_timeout == 0s);
  REQUIRE(setenv("PG_ENTRYPOINT_LOCK_TIMEOUT", "3s", 1) == 0);
  CHECK(settings_of({"--migrator", "m", "x"}).migrator.lock_timeout == 3s);
  unsetenv("PG_ENTRYPOINT_LOCK_TIMEOUT");
}

TEST_CASE("commands take options on either side") {
  CHECK(settings_of({"migrate", "--dir", "m"}).migrating.directory == "m");
  CHECK(settings_of({"--dir", "m", "migrate"}).command == CommandName::migrate);
  CHECK(settings_of({"status", "--json"}).arguments.json);
  CHECK(settings_of({"down"}).arguments.count == std::nullopt);
  CHECK(settings_of({"down", "3"}).arguments.count == 3);
  CHECK(settings_of({"down", "--to", "7"}).migrating.to == "7");
  CHECK(settings_of({"baseline", "12"}).arguments.version == "12");
  CHECK(settings_of({"--wait-timeout", "0", "wait"}).waiting.timeout == 0ms);
  CHECK(settings_of({"--lock-timeout", "250ms", "migrate"}).migrating.lock_timeout == 250ms);
  CHECK(settings_of({"--user", "app", "--chown", "/a:/b", "--chown", "/c", "x"}).serving.chown ==
        std::vector<std::string>{"/a", "/b", "/c"});
}

TEST_CASE("an option names the database instead of the variable, in each command") {
  for (const std::string command : {"migrate", "wait", "status", "check"}) {
    const auto settings = settings_of({"--database", "host=h dbname=${DATABASE_URL}", command});
    CHECK(settings.waiting.database.variable == "--database");
    CHECK(settings.waiting.database.fields.size() == 2);
  }
  CHECK(settings_of({"--database", "host=h dbname=d", "healthcheck"}).waiting.database.fields.empty());
  const auto refused = parse({"--database", "host=h dbname=d", "migrate"});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ExitCode::configuration);
}

TEST_CASE("behind --no-database the first word starts the command, whatever it is called") {
  using Words = std::vector<std::string>;
  const auto without_database = [](const Words& arguments) {
    auto parsed = pge::parse_command_line(arguments, {}, [](const char*) -> const char* { return nullptr; });
    REQUIRE(parsed.has_value());
    return std::get<pge::Invocation>(*parsed).settings;
  };
  for (const Words& arguments : {Words{"--no-database", "status"},
                                 {"--no-database", "--quiet", "status"},
                                 {"--no-database", "--", "status"},
                                 {"run", "--no-database", "status"}}) {
    const pge::Settings settings = without_database(arguments);
    CHECK(settings.command == CommandName::run);
    CHECK(settings.serving.command == Words{"status"});
    CHECK_FALSE(pge::uses_database(settings));
  }
  CHECK(without_database({"--no-database", "sh", "--quiet"}).serving.command == Words{"sh", "--quiet"});
  CHECK_FALSE(without_database({"--no-database", "sh", "--quiet"}).reporting.quiet);
}

TEST_CASE("a variable --no-database leaves our own commands alone, and those that need a database say so") {
  setenv("PG_ENTRYPOINT_NO_DATABASE", "true", 1);
  CHECK(settings_of({"healthcheck"}).command == CommandName::healthcheck);
  CHECK(settings_of({"new", "x"}).command == CommandName::scaffold);
  const auto refused = parse({"migrate"});
  unsetenv("PG_ENTRYPOINT_NO_DATABASE");
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ExitCode::usage);
  CHECK(refused.error().message.contains("--no-database"));
}

TEST_CASE("patterns are repeated or joined by a comma, because commands have colons") {
  const pge::Settings settings = settings_of({"--not-for", "rails db:*,rake", "--not-for=sh", "rails", "server"});
  CHECK(settings.serving.not_for == std::vector<std::string>{"rails db:*", "rake", "sh"});
  CHECK(pge::uses_database(settings));
  CHECK_FALSE(pge::uses_database(settings_of({"--not-for", "rails db:*", "rails", "db:prepare"})));
  CHECK(pge::uses_database(settings_of({"--only-for", "gunicorn", "migrate"})));
}

TEST_CASE("only a command that has to do with a database needs one to be configured") {
  const auto nothing = [](const char*) -> const char* { return nullptr; };
  CHECK(pge::parse_command_line({"--only-for", "server", "console"}, {}, nothing).has_value());
  const auto needs = pge::parse_command_line({"--only-for", "server", "server"}, {}, nothing);
  REQUIRE_FALSE(needs.has_value());
  CHECK(needs.error().code == ExitCode::configuration);
}

TEST_CASE("how an error is reported is taken from a command line that is wrong, too") {
  const auto nothing = [](const char*) -> const char* { return nullptr; };
  const auto variables = [](const char* name) -> const char* {
    if (std::string_view(name) == "PG_ENTRYPOINT_TERMINATION_LOG") return "/from/the/environment";
    return std::string_view(name) == "TRACEPARENT" ? "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
                                                   : nullptr;
  };
  CHECK(pge::reporting_given({"--bogus"}, nothing).termination_log == "/dev/termination-log");
  CHECK(pge::reporting_given({"--bogus"}, variables).termination_log == "/from/the/environment");
  CHECK(
      pge::reporting_given({"--termination-log", "/a", "--termination-log=/b", "--bogus"}, variables).termination_log ==
      "/b");
  CHECK(pge::reporting_given({"--", "x", "--termination-log", "/a"}, nothing).termination_log ==
        "/dev/termination-log");
  CHECK(pge::reporting_given({"--log-format=json"}, nothing).format == pge::LogFormat::json);
  CHECK(pge::reporting_given({}, variables).trace_id == "0af7651916cd43dd8448eb211c80319c");
}

TEST_CASE("what cannot be understood is a usage error with a hint") {
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {},
           {"--"},
           {"--", ""},
           {"run"},
           {"--no-such-option", "x"},
           {"--dir"},
           {"--wait-timeout", "soon", "x"},
           {"--wait-timeout", "-1", "x"},
           {"--migrate", "maybe", "x"},
           {"--lock-retries", "-1", "x"},
           {"--lock-retries", "99999999999", "x"},
           {"migrate", "now"},
           {"migrate", "--", "x"},
           {"status", "--jsom"},
           {"down", "0"},
           {"down", "x"},
           {"down", "1", "--to", "3"},
           {"new"},
           {"baseline"},
           {"--chown", "/a", "x"},
           {"--export-database-url", "URL", "x"},
           {"--export-database-scheme", "postgres", "x"},
           {"--database", "${DATABASE_URL}", "--export-database-url", "1URL", "x"},
           {"--database", "${DATABASE_URL}", "--export-database-url", "PG_ENTRYPOINT_DIR", "x"},
           {"--database", "${DATABASE_URL}", "--export-database-scheme", "postgres://", "x"},
           {"--database", "${DATABASE_URL}", "--export-database-url", "U", "--unset-env", "U", "x"},
           {"--file-env", "*", "x"},
           {"--file-env", "A-B", "x"},
           {"--file-env", "A*B", "x"},
           {"--unset-env", "A=1", "x"},
           {"--migrator-user", "app", "x"},
           {"--create-database-options", "owner=app", "x"},
           {"check", "--for-migrations"},
           {"migrate", "--no-database"},
       }) {
    std::string shown;
    for (const std::string& argument : arguments) shown += argument + " ";
    INFO(shown);
    const auto parsed = parse(arguments);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().code == ExitCode::usage);
    CHECK_FALSE(parsed.error().hint.empty());
  }
}

TEST_CASE("a misspelt option or variable is told with the one that was probably meant") {
  const auto hint = [](const std::string& word) { return parse({word, "x"}).error().hint; };
  CHECK(hint("--lock-timout").starts_with("did you mean --lock-timeout?"));
  CHECK(hint("--waittimeout=5s").starts_with("did you mean --wait-timeout?"));
  CHECK(hint("--log_format").starts_with("did you mean --log-format?"));
  CHECK_FALSE(hint("--frobnicate").contains("did you mean"));
  CHECK_FALSE(hint("--x").contains("did you mean"));
}

TEST_CASE("a variable stands in for a flag, and the flag wins") {
  setenv("PG_ENTRYPOINT_DIR", "from-environment", 1);
  CHECK(settings_of({"migrate"}).migrating.directory == "from-environment");
  CHECK(settings_of({"--dir", "flag", "migrate"}).migrating.directory == "flag");
  unsetenv("PG_ENTRYPOINT_DIR");
}

TEST_CASE("no option may be given and empty, neither as a flag nor as a variable") {
  pge::Settings settings;
  CLI::App app;
  pge::declare_options(app, settings);
  std::size_t rows = 0;
  for (const CLI::Option* option : app.get_options()) {
    const std::string flag = option->get_name(), variable = option->get_envname();
    if (variable.empty()) continue;
    ++rows;
    const bool is_switch = option->get_items_expected_max() == 0;
    const bool is_list = option->get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
    for (const std::string value : {"", " ", ":", ","}) {
      if ((value == ":" || value == ",") && !is_list) continue;
      INFO(flag << " '" << value << "'");
      for (const std::vector<std::string>& words :
           {std::vector<std::string>{flag + "=" + value, "x"}, {flag, value, "x"}, {"migrate", flag, value}}) {
        if (is_switch && words[0] != flag + "=" + value) continue;
        const auto refused = parse(words);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().code == ExitCode::usage);
        CHECK(refused.error().message == flag + " is given, but empty");
      }
      const auto from_variable = pge::parse_command_line(
          {"x"}, {}, [&](const char* name) { return name == variable ? value.c_str() : with_url(name); });
      REQUIRE_FALSE(from_variable.has_value());
      CHECK(from_variable.error().code == ExitCode::configuration);
      CHECK(from_variable.error().message == variable + " is set but empty");
    }
  }
  CHECK(rows > 30);
}

TEST_CASE("an empty variable does not matter where the flag is given, nor an empty word of the application's") {
  const auto empty_user = [](const char* name) {
    return std::string_view(name) == "PG_ENTRYPOINT_USER" ? "" : with_url(name);
  };
  const auto parsed = pge::parse_command_line({"--user", "app", "x", "--role", ""}, {}, empty_user);
  REQUIRE(parsed.has_value());
  CHECK(std::get<pge::Invocation>(*parsed).settings.serving.user == "app");
  CHECK_FALSE(pge::parse_command_line({"x"}, {}, empty_user).has_value());
}

TEST_CASE("what a deployment pins with PG_ENTRYPOINT_TO does not steer a rollback") {
  setenv("PG_ENTRYPOINT_TO", "5", 1);
  CHECK(settings_of({"migrate"}).migrating.to == "5");
  CHECK_FALSE(settings_of({"down"}).migrating.to.has_value());
  CHECK(settings_of({"down", "--to=3"}).migrating.to == "3");
  unsetenv("PG_ENTRYPOINT_TO");
}

TEST_CASE("help fits 80 columns") {
  const auto parsed = parse({"--help"});
  REQUIRE(parsed.has_value());
  const std::string text = std::get<pge::Printout>(*parsed).text;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    CHECK(line.size() <= 80);
  }
  CHECK(std::holds_alternative<pge::Printout>(*parse({"--version"})));
  CHECK(std::holds_alternative<pge::Printout>(*parse({"migrate", "--help"})));
}
