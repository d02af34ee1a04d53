#include "apply/failure.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "migrations/parse.hpp"
#include "postgres/classify.hpp"

using pge::Error;
using pge::ExitCode;

namespace {

/// What is said of an error at the last statement of a file.
Error explained(const std::string& directives, Error error,
                const std::string& text = "select 1;\n-- ü\nselect 'ü', wrong;\n") {
  const auto migration = pge::parse_migration(
      {.key = {.version = "7"}, .name = "x", .source = {.path = "7_x.sql", .text = directives + text}});
  REQUIRE(migration.has_value());
  const pge::PlannedMigration planned{.migration = &*migration};
  const pge::PartRun run = pge::PartRun::of(planned, {.count = 0, .lock_timeout = pge::milliseconds(0)});
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

TEST_CASE("what the server says of a row or of a block's line is told as a line of the file") {
  const std::string copy = "select 1;\ncopy t from stdin;\n1\n2\nthree\n4\n\\.\n";
  const std::string block = "select 1;\n/* do */ do language plpgsql $$\nbegin\n  raise 'x';\nend $$;\n";
  const struct {
    std::string text;
    std::string context;
    std::string where;
  } table[] = {
      {copy, "COPY t, line 3, column n: \"three\"", "7_x.sql:5:1"},
      {copy, "COPY t, Zeile 3, Spalte n: »three«", "7_x.sql:5:1"},
      {copy, "PL/pgSQL function f() line 7 at RAISE\nCOPY t, line 2", "7_x.sql:4:1"},
      {copy, "COPY t, line 99: \"x\"", "7_x.sql:6:1"},
      {copy, "COPY t, column n: \"3\"", "7_x.sql:2:1"},
      {copy, "", "7_x.sql:2:1"},
      {block, "PL/pgSQL function inline_code_block line 3 at RAISE", "7_x.sql:4:3"},
      {block, "SQL statement \"select 8\"\nPL/pgSQL-Funktion inline_code_block Zeile 3 bei RAISE", "7_x.sql:4:3"},
      {block, "PL/pgSQL function f() line 3 at RAISE", "7_x.sql:2:10"},
      {block, "PL/pgSQL function inline_code_block line 99 at RAISE", "7_x.sql:5:1"},
      {"select 1;\nselect f();\n", "PL/pgSQL function inline_code_block line 3 at RAISE", "7_x.sql:2:1"},
  };
  for (const auto& [text, context, where] : table) {
    INFO(context);
    Error error = server_says("22P02");
    error.server->context = context;
    CHECK(explained("", error, text).where.to_string() == where);
  }
}

TEST_CASE("the hint of a failed statement says what to do next") {
  const struct {
    std::string sqlstate;
    std::string directives;
    std::string says;
  } table[] = {
      {"42703", "", "nothing of this file stays"},
      {"42703", in_steps, "run pg-entrypoint accept 7 for the new checksum"},
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
  Error locks = server_says("53200");
  locks.hint = "You might need to increase max_locks_per_transaction.";
  CHECK(
      explained("", locks).hint.starts_with("You might need to increase max_locks_per_transaction; then start again"));
  Error memory = server_says("53100");
  memory.message = "could not resize shared memory segment \"/PostgreSQL.1\" to 8388608 bytes: No space left on device";
  CHECK(explained("", memory).hint.contains("/dev/shm"));
  CHECK_FALSE(explained("", server_says("53100")).hint.contains("/dev/shm"));
  const Error gave_way = explained("", server_says("55P03"));
  CHECK(gave_way.code == ExitCode::gave_way);
  CHECK(gave_way.hint.contains("--lock-timeout"));
}

TEST_CASE("each reason why a transaction is in the way has its own hint") {
  const struct {
    std::string sqlstate;
    std::string context;
    std::string directives;
    std::string text;
    std::string says;
  } table[] = {
      {"25001", "", "", "create subscription s;",
       "add this line at the top of the file: -- pg-entrypoint: no-transaction"},
      {"25001", "", in_steps, "begin; create subscription s; commit;", "move it out of BEGIN … COMMIT"},
      {"25001", "", "", "select 1; set transaction not deferrable;", "SET TRANSACTION as the first statement"},
      {"25001", "", "", "select set_config('transaction_isolation', 'serializable', true);", "isolation=serializable"},
      {"25001", "PL/pgSQL function f()", "", "do $$ $$;", "a statement of its own"},
      {"25001", "PL/pgSQL function f()", in_steps, "do $$ $$;", "a statement of its own"},
      {"2D000", "PL/pgSQL function f()", "", "do $$ $$;", "add this line at the top of the file"},
      {"2D000", "PL/pgSQL function f()", in_steps, "begin; call p(); commit;", "move it out of BEGIN … COMMIT"},
      {"2D000", "PL/pgSQL function f()", "", "select f();", "make it a procedure"},
      {"2D000", "PL/pgSQL function f()", in_steps, "call p();", "pg-entrypoint accept 7"},
  };
  for (const auto& [sqlstate, context, directives, text, says] : table) {
    INFO(sqlstate << " " << directives << text);
    Error error = server_says(sqlstate);
    error.server->context = context;
    CHECK(explained(directives, error, text).hint.contains(says));
  }
}

TEST_CASE("a serialization failure is tried again, and does not speak of lock time-outs") {
  const Error told = explained("", server_says("40001"));
  CHECK(told.code == ExitCode::gave_way);
  CHECK(told.may_try_again());
  CHECK(told.hint.contains("another transaction changed"));
  CHECK(told.hint.contains("--lock-retries"));
}

TEST_CASE("an error at COMMIT is told at the last statement of its transaction") {
  const auto migration = pge::parse_migration(
      {.key = {.version = "7"},
       .name = "x",
       .source = {.path = "7_x.sql", .text = in_steps + "begin;\nselect 1;\nselect 2;\ncommit;\nselect 3;\n"}});
  REQUIRE(migration.has_value());
  const pge::PlannedMigration planned{.migration = &*migration};
  const pge::PartRun run = pge::PartRun::of(planned, {.count = 0, .lock_timeout = pge::milliseconds(0)});
  Error error = server_says("23503");
  CHECK(pge::explain_commit_failure(run, 2, error).where.file.empty());
  error.during = pge::During::commit;
  CHECK(pge::explain_commit_failure(run, 2, error).where.to_string() == "7_x.sql:4:1");
  CHECK(pge::explain_commit_failure(run, 0, error).where.file.empty());
}

TEST_CASE("an outage is not the migration's fault, and a stop is told as it is") {
  for (const std::string sqlstate : {"25006", "57P01"}) {
    const Error told = explained("", server_says(sqlstate));
    CHECK(told.code == ExitCode::unavailable);
    CHECK(told.may_reconnect());
    CHECK(told.message == "in migration 7_x: no");
    CHECK(told.where.to_string() == "7_x.sql:3:1");
  }
  Error ended = server_says("57P01");
  ended.hint = pge::session_end_hint("57P01");
  CHECK(explained("", ended).hint.contains("pg_terminate_backend"));
  CHECK(explained("", server_says("57P02")).hint.contains("crashes"));
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
  const pge::PartRun run = pge::PartRun::of(planned, {.count = 0, .lock_timeout = pge::milliseconds(0)});
  const Error told = pge::explain_failure(run, migration->down->statements.back(), server_says("42703"));
  CHECK(told.where.to_string() == "7_x.sql:3:1");
  CHECK(told.hint.contains("pg-entrypoint down"));
  CHECK_FALSE(told.hint.contains("accept"));
}
