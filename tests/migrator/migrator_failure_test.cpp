#include "migrator/migrator_failure.hpp"

#include <catch2/catch_test_macros.hpp>
#include <initializer_list>
#include <string>

using pge::Error;
using pge::ExitCode;
using pge::Exited;
using pge::milliseconds;
using pge::Outcome;
using pge::Signaled;

namespace {

pge::MigratorCommand migrator(milliseconds lock_timeout = milliseconds(0)) {
  return {.command = {},
          .command_line = "tool up",
          .name = "tool",
          .passed = {{.name = "transaction_timeout", .value = "0"}},
          .lock_timeout = lock_timeout};
}

Error failure_of(const pge::MigratorCommand& command, const Outcome& outcome,
                 std::initializer_list<std::string_view> lines) {
  pge::Signs signs;
  for (const std::string_view line : lines) signs.look_at(line, command.passed);
  return pge::explain_migrator_failure(command, outcome, signs, "why it was killed",
                                       lines.size() == 0 ? "" : "the last line");
}

}  // namespace

TEST_CASE("a lock time-out is worth another try where one was asked for") {
  for (const std::string_view line : {"ERROR:  canceling statement due to lock timeout", "  code: '55P03',"}) {
    INFO(line);
    const Error asked = failure_of(migrator(milliseconds(100)), Exited{1}, {"up 1", line, "at tool.js:1"});
    CHECK(asked.code == ExitCode::gave_way);
    CHECK(asked.message == "the migrator exited with status 1 after a lock time-out: tool up");
    CHECK(asked.hint.contains("--lock-timeout"));
    CHECK(failure_of(migrator(), Exited{1}, {line}).code == ExitCode::migration_failed);
  }
  CHECK(failure_of(migrator(milliseconds(100)), Exited{1}, {"ERROR:  syntax error"}).code ==
        ExitCode::migration_failed);
}

TEST_CASE("a deadlock is worth another try") {
  CHECK(failure_of(migrator(), Exited{3}, {"ERROR:  deadlock detected"}).code == ExitCode::gave_way);
  CHECK(failure_of(migrator(), Exited{3}, {"sqlstate 40P01"}).message ==
        "the migrator exited with status 3 after a deadlock: tool up");
}

TEST_CASE("a server that had no connection left for it is not the migrator's fault") {
  for (const std::string_view line :
       {"FATAL:  sorry, too many clients already", "FATAL:  too many connections for role \"owner\"",
        "FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute", "  code: '53300',",
        "SQLSTATE[53300] zu viele Verbindungen", "FATAL:  53300: zu viele Verbindungen"}) {
    INFO(line);
    const Error refused = failure_of(migrator(), Exited{1}, {line});
    CHECK(refused.code == ExitCode::unavailable);
    CHECK(refused.message == "the migrator exited with status 1: the server had no connection left for it: tool up");
    CHECK(refused.hint.contains("max_connections"));
  }
  CHECK(failure_of(migrator(), Exited{1}, {"53300 rows copied"}).code == ExitCode::migration_failed);
  CHECK(failure_of(migrator(), Signaled{9}, {"sorry, too many clients already"}).code == ExitCode::migration_failed);
}

TEST_CASE("what was killed below a shell has the reason of what was killed directly") {
  const Error direct = failure_of(migrator(), Signaled{9}, {});
  const Error below = failure_of(migrator(), Exited{137}, {});
  CHECK(direct.message == "the migrator was killed by signal 9: tool up");
  CHECK(below.message == "the migrator exited with status 137: signal 9 has killed a process that it started: tool up");
  CHECK(direct.hint == below.hint);
  CHECK(direct.hint == "why it was killed");
  CHECK(failure_of(migrator(), Exited{139}, {}).hint == failure_of(migrator(), Signaled{11}, {}).hint);
  // The twins: statuses that are no signals.
  for (const int status : {1, 127, 128, 255}) {
    INFO(status);
    CHECK_FALSE(failure_of(migrator(), Exited{status}, {}).message.contains("signal"));
  }
}

TEST_CASE("the hint names --migrator-options where what we pass was refused") {
  const auto hint = [](std::string_view line) { return failure_of(migrator(), Exited{1}, {line}).hint; };
  for (const std::string_view line :
       {"FATAL:  unsupported startup parameter: options", "FATAL: unsupported startup parameter in options: role",
        "FATAL:  unrecognized configuration parameter \"transaction_timeout\"",
        "RDS Proxy currently doesn't support command-line options."}) {
    INFO(line);
    CHECK(hint(line).contains("--migrator-options=off"));
  }
  CHECK_FALSE(hint("ERROR:  unrecognized configuration parameter \"app.tenant\"").contains("--migrator-options"));
  pge::MigratorCommand without = migrator();
  without.passed.clear();
  CHECK_FALSE(failure_of(without, Exited{1}, {"unsupported startup parameter: options"}).hint.contains("--migrator"));
  CHECK(hint("ERROR:  canceling statement due to statement timeout").contains("--statement-timeout"));
}

TEST_CASE("the hint leads to the last lines where there are any") {
  const Error told = failure_of(migrator(), Exited{1}, {"why"});
  CHECK(told.output == "the last line");
  CHECK(told.hint.contains("in output"));
  const Error silent = failure_of(migrator(), Exited{1}, {});
  CHECK(silent.output.empty());
  CHECK(silent.hint.contains("written nothing"));
}

TEST_CASE("when our own session was lost too, the database has failed and the migrator is only told") {
  const Error failure = failure_of(migrator(), Exited{1}, {"server closed the connection"});
  const Error lost{.code = ExitCode::unavailable, .message = "connection lost", .next = pge::Next::reconnect()};
  const Error outage = pge::explain_migrator_outage(failure, lost);
  CHECK(outage.code == ExitCode::unavailable);
  CHECK(outage.may_reconnect());
  CHECK(outage.message.contains("exited with status 1: tool up"));
  CHECK(outage.message.contains("connection lost"));
  CHECK(outage.output == failure.output);
  // The twin: by itself it ends the start.
  CHECK_FALSE(failure.may_reconnect());
}
