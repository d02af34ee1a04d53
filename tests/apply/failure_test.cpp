#include "apply/failure.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "migrations/parse.hpp"
#include "postgres/classify.hpp"

using pge::Error;
using pge::ExitCode;

namespace {

/// What is said of an error at the second statement of a file.
Error explained(const std::string& directives, Error error) {
  const auto migration = pge::parse_migration(
      {.key = {.version = "7"},
       .name = "x",
       .source = {.path = "7_x.sql", .text = directives + "select 1;\n-- ü\nselect 'ü', wrong;\n"}});
  REQUIRE(migration.has_value());
  const pge::PlannedMigration planned{.migration = &*migration};
  const pge::PartRun run =
      pge::PartRun::of(planned, {.count = 0, .lock_timeout = pge::milliseconds(0), .report_blockers = {}});
  return pge::explain_failure(run, migration->up.statements.back(), std::move(error));
}

Error server_says(std::string sqlstate) {
  const auto [code, next] = pge::classify(sqlstate);
  return {.code = code, .message = "no", .server = pge::ServerError{.sqlstate = std::move(sqlstate)}, .next = next};
}

const std::string in_steps = "-- pg-entrypoint: no-transaction\n";

}  // namespace

TEST_CASE("a failed statement is told at its place in the file, to the character") {
  Error error = server_says("42703");
  CHECK(explained("", error).where.to_string() == "7_x.sql:3:1");
  error.server->statement = "select 'ü', wrong";
  error.server->position = 13;
  const Error told = explained("", error);
  CHECK(told.where.to_string() == "7_x.sql:3:13");
  CHECK(told.code == ExitCode::migration_failed);
  CHECK(told.message == "migration 7_x failed: no");
  error.server->statement = "a statement inside of a function";
  CHECK(explained("", error).where.to_string() == "7_x.sql:3:1");
}

TEST_CASE("the hint of a failed statement says what to do next") {
  const struct {
    std::string sqlstate;
    std::string directives;
    std::string says;
  } table[] = {
      {"42703", "", "fix the file and start again"},
      {"42703", in_steps, "run pg-entrypoint accept 7, and start again"},
      {"42501", "", "grant the permission"},
      {"25001", "", "-- pg-entrypoint: no-transaction"},
      {"25001", in_steps, "pg-entrypoint accept 7"},
      {"57014", "", "statement_timeout"},
      {"53100", "", "nothing of this migration was applied"},
      {"53200", in_steps, "it resumes at this statement"},
  };
  for (const auto& [sqlstate, directives, says] : table) {
    INFO(sqlstate);
    CHECK(explained(directives, server_says(sqlstate)).hint.contains(says));
  }
  Error known = server_says("42703");
  known.hint = "the server's own";
  CHECK(explained("", known).hint == "the server's own");
  known.server->sqlstate = "25001";
  CHECK(explained("", known).hint.contains("no-transaction"));
  const Error gave_way = explained("", server_says("55P03"));
  CHECK(gave_way.code == ExitCode::gave_way);
  CHECK(gave_way.hint.contains("--lock-timeout"));
}

TEST_CASE("an outage is not the migration's fault, and a stop is told as it is") {
  for (const std::string sqlstate : {"25006", "57P01"}) {
    const Error told = explained("", server_says(sqlstate));
    CHECK(told.code == ExitCode::unavailable);
    CHECK(told.may_reconnect());
    CHECK(told.message == "in migration 7_x: no");
    CHECK(told.where.to_string() == "7_x.sql:3:1");
  }
  const Error stopped = explained("", pge::stopped_by(15));
  CHECK(stopped.message == "stopped by SIGTERM");
  CHECK(stopped.where.file.empty());
}

TEST_CASE("the hint of a failed down part leads back to down") {
  const auto migration = pge::parse_migration(
      {.key = {.version = "7"},
       .name = "x",
       .source = {.path = "7_x.sql", .text = std::string("select 1;\n-- migrate:down\nselect wrong;\n")}});
  REQUIRE(migration.has_value());
  pge::AppliedMigration row;
  row.key = migration->key;
  row.name = migration->name;
  const pge::PlannedRevert planned{.applied = &row, .part = *migration->down};
  const pge::PartRun run =
      pge::PartRun::of(planned, {.count = 0, .lock_timeout = pge::milliseconds(0), .report_blockers = {}});
  const Error told = pge::explain_failure(run, migration->down->statements.back(), server_says("42703"));
  CHECK(told.where.to_string() == "7_x.sql:3:1");
  CHECK(told.hint.contains("pg-entrypoint down"));
  CHECK_FALSE(told.hint.contains("accept"));
}
