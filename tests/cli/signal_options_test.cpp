#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <cstdlib>
#include <map>

#include "cli/command_line.hpp"

using namespace std::chrono_literals;
using pge::ExitCode;

namespace {

using Variables = std::map<std::string, std::string>;

auto parse(const std::vector<std::string>& arguments) {
  return pge::parse_command_line(arguments, {}, [](const char* name) -> const char* {
    return std::string_view(name) == "DATABASE_URL" ? "postgresql://h/d" : std::getenv(name);
  });
}

pge::ServingSettings serving(std::vector<std::string> options, const Variables& variables = {}) {
  options.insert(options.end(), {"--", "app"});
  for (const auto& [name, value] : variables) setenv(name.c_str(), value.c_str(), 1);
  auto parsed = parse(options);
  for (const auto& [name, value] : variables) unsetenv(name.c_str());
  INFO((parsed ? "" : parsed.error().message));
  REQUIRE(parsed.has_value());
  return std::get<pge::Invocation>(*parsed).settings.serving;
}

void refuses(const std::vector<std::string>& options, std::string_view word) {
  std::vector<std::string> arguments = options;
  arguments.insert(arguments.end(), {"--", "app"});
  const auto parsed = parse(arguments);
  REQUIRE_FALSE(parsed.has_value());
  INFO(parsed.error().message);
  CHECK(parsed.error().code == ExitCode::usage);
  CHECK(parsed.error().message.contains(word));
}

}  // namespace

TEST_CASE("without an option every signal is passed on as it is, at once, and nothing is remapped") {
  const auto s = serving({});
  CHECK(s.signals.empty());
  CHECK_FALSE(s.group);
  CHECK(s.term_delay == 0ms);
  CHECK(s.grace == 0ms);
  CHECK(s.success_codes.empty());
  CHECK(s.parent_death_signal == 0);
}

TEST_CASE("signal options, as flags and as variables") {
  const auto check = [](const pge::ServingSettings& s) {
    CHECK(s.signals.instead_of(SIGTERM) == SIGQUIT);
    CHECK(s.signals.instead_of(SIGHUP) == 0);
    CHECK(s.signals.instead_of(SIGINT) == SIGINT);
    CHECK(s.group);
    CHECK(s.term_delay == 5s);
    CHECK(s.grace == 1500ms);
    CHECK(s.success_codes == std::vector<unsigned>{143, 130});
    CHECK(s.parent_death_signal == SIGTERM);
  };
  check(serving({"--signal", "TERM=QUIT", "--signal=HUP=drop", "--group", "--term-delay", "5s", "--grace", "1500ms",
                 "--success-code", "143", "--success-code", "130", "--parent-death-signal", "TERM"}));
  check(serving({}, {{"PG_ENTRYPOINT_SIGNAL", "TERM=QUIT:HUP=drop"},
                     {"PG_ENTRYPOINT_GROUP", "true"},
                     {"PG_ENTRYPOINT_TERM_DELAY", "5"},
                     {"PG_ENTRYPOINT_GRACE", "1500ms"},
                     {"PG_ENTRYPOINT_SUCCESS_CODE", "143:130"},
                     {"PG_ENTRYPOINT_PARENT_DEATH_SIGNAL", "SIGTERM"}}));
}

TEST_CASE("a signal option that means nothing is a usage error") {
  refuses({"--signal", "TERM"}, "--signal");
  refuses({"--signal", "KILL=TERM"}, "KILL");
  refuses({"--signal", "TERM=NOPE"}, "NOPE");
  refuses({"--signal", ""}, "--signal");
  refuses({"--grace", "soon"}, "--grace");
  refuses({"--success-code", "256"}, "256");
  refuses({"--success-code", "0"}, "--success-code");
  refuses({"--success-code", "TERM"}, "TERM");
  refuses({"--parent-death-signal", "NOPE"}, "NOPE");
}

TEST_CASE("what needs a supervisor cannot be had with --exec") {
  const std::vector<std::vector<std::string>> rows{
      {"--signal", "HUP=drop"}, {"--group"}, {"--term-delay", "1s"}, {"--grace", "1s"}, {"--success-code", "143"}};
  for (std::vector<std::string> options : rows) {
    const std::string flag = options.front();
    options.emplace_back("--exec");
    refuses(options, flag);
  }
  CHECK(serving({"--exec", "--parent-death-signal", "KILL", "--grace", "0"}).parent_death_signal == SIGKILL);
}

TEST_CASE("which signals end serving: a reload does not, unless it is named") {
  const auto usual = serving({}).stop_signals;
  for (const int number : {SIGTERM, SIGINT, SIGQUIT}) CHECK(usual.end_serving(number));
  for (const int number : {SIGHUP, SIGUSR1, SIGWINCH}) CHECK_FALSE(usual.end_serving(number));
  CHECK(usual.contain(SIGHUP));  // before serving it is a stop
  const auto named = serving({"--stop-signal", "HUP:WINCH"}).stop_signals;
  for (const int number : {SIGTERM, SIGHUP, SIGWINCH}) CHECK(named.end_serving(number));
}

TEST_CASE("the questions of healthcheck") {
  const auto arguments = [](std::vector<std::string> words) {
    words.insert(words.begin(), "healthcheck");
    const auto parsed = parse(words);
    REQUIRE(parsed.has_value());
    return std::get<pge::Invocation>(*parsed).settings.arguments;
  };
  CHECK_FALSE(arguments({}).live);
  CHECK(arguments({"--live"}).live);
  CHECK(arguments({"--ready"}).ready);
  CHECK(arguments({"--tcp", "127.0.0.1:8000"}).tcp == "127.0.0.1:8000");
  CHECK(arguments({"--ready", "--http", "http://h/a?b=c=204"}).http == "http://h/a?b=c=204");
  CHECK(parse({"healthcheck", "--live", "--ready"}).error().code == ExitCode::usage);
  CHECK(parse({"healthcheck", "--live", "--tcp", "h:1"}).error().code == ExitCode::usage);
  CHECK(parse({"status", "--live"}).error().code == ExitCode::usage);
}
