#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <random>
#include <string>

#include "core/sha256.hpp"
#include "core/text.hpp"
#include "migrations/directives.hpp"
#include "migrations/parsing.hpp"

using namespace std::chrono_literals;
using parsing::parse;
using parsing::parsed;
using parsing::refused;
using pge::Migration;

TEST_CASE("a file without directives is one transaction, and all of it is up") {
  const Migration migration = parsed("CREATE TABLE t ();\nSELECT 1\n");
  CHECK(migration.up.transactional);
  CHECK(migration.up.on_doubt == pge::OnDoubt::retry);
  CHECK_FALSE(migration.up.lock_timeout.has_value());
  CHECK(migration.up.statements.size() == 2);
  CHECK_FALSE(migration.down.has_value());
  CHECK(migration.label() == "1_x");
}

TEST_CASE("directives stand in the comments before the first statement") {
  const Migration migration = parsed(
      "-- what this does\n/* licence\n*/\n\n-- pg-entrypoint: no-transaction lock_timeout=250ms\n"
      "-- more\n--pg-entrypoint:on-doubt=stop\nSELECT 1;");
  CHECK_FALSE(migration.up.transactional);
  CHECK(migration.up.lock_timeout == 250ms);
  CHECK(migration.up.on_doubt == pge::OnDoubt::stop);
  CHECK(migration.up.statements.front().sql == "SELECT 1");
}

TEST_CASE("dbmate's form is read") {
  CHECK(parsed("-- migrate:up\nSELECT 1;").up.transactional);
  CHECK_FALSE(parsed("--migrate:up   transaction:false\nVACUUM;").up.transactional);
  CHECK(parsed("\n-- note\n-- migrate:up transaction:true\nSELECT 1;").up.transactional);
  const Migration migration = parsed("-- migrate:up\nSELECT 1\n\n--\tmigrate:down  \nSELECT 2;\nSELECT 3");
  CHECK(migration.up.statements.size() == 1);
  REQUIRE(migration.down.has_value());
  CHECK(migration.down->statements.size() == 2);
  CHECK(migration.down->text == "SELECT 2;\nSELECT 3");
  CHECK(parsed("SELECT 1;\n-- migrate:down").down.value().text.empty());
}

TEST_CASE("a line -- migrate:down cuts only where it is a comment") {
  for (const std::string text : {
           "SELECT '\n-- migrate:down\n';",
           "SELECT $$\n-- migrate:down\n$$;",
           "SELECT \"\n-- migrate:down\n\";",
           "/*\n-- migrate:down\n*/ SELECT 1;",
           "COPY t FROM stdin;\n-- migrate:down\n\\.\n",
           "SELECT 1;\n-- migrate:downgrade is another word\n",
           "SELECT 1; -- migrate:down",
       }) {
    const Migration migration = parsed(text);
    CHECK(migration.up.statements.size() == 1);
    CHECK_FALSE(migration.down.has_value());
  }
  CHECK(parsed("SELECT $$\n-- migrate:down\n$$;\n-- migrate:down\nSELECT '\n-- migrate:down\n'")
            .down.value()
            .statements.size() == 1);
}

TEST_CASE("lines that are misplaced, unclear or another tool's are refused where they stand") {
  const struct {
    std::string text;
    std::string where;
    std::string says;
  } table[] = {
      {"SELECT 1;\n-- pg-entrypoint: no-transaction\n", "1_x.sql:2:1", "before the first statement"},
      {"SELECT 1\n  -- pg-entrypoint: no-transaction\n", "1_x.sql:2:1", "before the first statement"},
      {"SELECT 1;\n-- migrate:down\n-- pg-entrypoint: no-transaction\n", "1_x.sql:3:1", "before the first"},
      {"SELECT 1;\n-- migrate:down\nSELECT 2;\n-- migrate:down\n", "1_x.sql:4:1", "second"},
      {"SELECT 1;\n-- migrate:up\n", "1_x.sql:2:1", "migrate:up"},
      {"-- migrate:up\n-- migrate:up\n", "1_x.sql:2:1", "once"},
      {"SELECT 1;\n  -- migrate:down\n", "1_x.sql:2:1", "ambiguous line"},
      {"SELECT 1;\n-- Migrate:Down\n", "1_x.sql:2:1", "ambiguous line"},
      {"SELECT 1;\n-- migrate: down\n", "1_x.sql:2:1", "ambiguous line"},
      {"-- +goose Up\nSELECT 1;\n-- +goose Down\nDROP TABLE t;", "1_x.sql:1:1", "another tool"},
      {"SELECT 1;\n---- create above / drop below ----\nDROP TABLE t;", "1_x.sql:2:1", "another tool"},
      {"-- migrate:up nonsense\n", "1_x.sql:1:15", "unknown option"},
      {"SELECT 1;\n-- migrate:down transaction:false\nSELECT 2;", "1_x.sql:2:1", "in the same way"},
      {"-- pg-entrypoint:\n", "1_x.sql:1:1", "known directives"},
      {"-- ü\n-- pg-entrypoint: no-transaction typo\n", "1_x.sql:2:34", "known directives"},
      {"-- pg-entrypoint: requires=5\n", "1_x.sql:1:19", "not supported by this version"},
      {"-- pg-entrypoint: phase=post\n", "1_x.sql:1:19", "not supported by this version"},
      {"-- pg-entrypoint: lock_timeout=fast\n", "1_x.sql:1:19", "lock_timeout=5s"},
      {"-- pg-entrypoint: lock_timeout\n", "1_x.sql:1:19", "lock_timeout=5s"},
      {"-- pg-entrypoint: on-doubt=maybe\n", "1_x.sql:1:19", "on-doubt=retry"},
      {"-- pg-entrypoint: isolation=chaos\n", "1_x.sql:1:19", "isolation=repeatable-read"},
      {"-- pg-entrypoint: isolation=read-committed\n", "1_x.sql:1:19", "without it"},
      {"-- pg-entrypoint: isolation=serializable\n-- pg-entrypoint: no-transaction\n", "1_x.sql:1:19",
       "BEGIN ISOLATION LEVEL"},
      {"-- migrate:up transaction:false\n-- pg-entrypoint: isolation=serializable\n", "1_x.sql:2:19",
       "BEGIN ISOLATION LEVEL"},
      {"-- pg-entrypoint: no-transaction=1\n", "1_x.sql:1:19", "known directives"},
  };
  for (const auto& [text, where, says] : table) {
    const pge::Error error = refused(text);
    CHECK(error.where.to_string() == where);
    CHECK((error.message + " " + error.hint).contains(says));
  }
}

TEST_CASE("lock_timeout counts as in PostgreSQL") {
  const auto timeout = [](const std::string& value) {
    return parsed("-- pg-entrypoint: lock_timeout=" + value + "\nSELECT 1;").up.lock_timeout;
  };
  CHECK(timeout("5s") == 5s);
  CHECK(timeout("1500") == 1500ms);
  CHECK(timeout("2min") == 2min);
  CHECK(timeout("1h") == 1h);
  CHECK(timeout("0") == 0ms);
  CHECK(timeout("1us") == 1ms);
  for (const std::string bad : {"-1", "5 s", "1.5s", "5x", "", "99999999999999999999", "3000000000"}) {
    refused("-- pg-entrypoint: lock_timeout=" + bad + "\n");
  }
}

TEST_CASE("a file that only wraps itself into a transaction works") {
  for (const std::string text : {
           "BEGIN; SELECT 1; COMMIT;",
           "begin transaction;\nSELECT 1;\nend;",
           "/* x */ START TRANSACTION ISOLATION LEVEL READ COMMITTED; SELECT 1; COMMIT WORK",
           "-- pg-entrypoint: lock_timeout=5s\nBEGIN;\nSELECT 1;\nCOMMIT;\n-- migrate:down\nBEGIN; COMMIT;",
       }) {
    const Migration migration = parsed(text);
    REQUIRE(migration.up.statements.size() == 1);
    CHECK(migration.up.statements.front().sql == "SELECT 1");
  }
  CHECK(parsed("BEGIN; SAVEPOINT a; ROLLBACK TO a; RELEASE a; COMMIT;").up.statements.size() == 3);
}

TEST_CASE("other transaction control is refused before anything runs") {
  const struct {
    std::string text;
    std::string where;
  } table[] = {
      {"BEGIN; SELECT 1;", "1_x.sql:1:1"},
      {"SELECT 1; COMMIT;", "1_x.sql:1:11"},
      {"SELECT 1;\nROLLBACK;", "1_x.sql:2:1"},
      {"/* ü */ ABORT;", "1_x.sql:1:9"},
      {"BEGIN; SELECT 1; COMMIT AND CHAIN;", "1_x.sql:1:1"},
      {"PREPARE TRANSACTION 'x';", "1_x.sql:1:1"},
      {"ROLLBACK PREPARED 'x';", "1_x.sql:1:1"},
      {"SELECT 1;\n-- migrate:down\nSELECT 2; ROLLBACK;", "1_x.sql:3:11"},
      {"BEGIN", "1_x.sql:1:1"},
  };
  for (const auto& [text, where] : table) CHECK(refused(text).where.to_string() == where);
}

TEST_CASE("what cannot run in a transaction is refused with the line to add") {
  for (const std::string sql : {"VACUUM t", "CREATE INDEX CONCURRENTLY i ON t (a)", "ALTER SYSTEM SET x = 1"}) {
    const pge::Error error = refused("SELECT 1;\n" + sql + ";");
    CHECK(error.where.to_string() == "1_x.sql:2:1");
    CHECK(error.hint.contains("-- pg-entrypoint: no-transaction"));
    CHECK(parsed("-- pg-entrypoint: no-transaction\n" + sql + ";").up.statements.size() == 1);
  }
  CHECK(refused("SELECT 1;\n-- migrate:down\nDROP INDEX CONCURRENTLY i;").where.line == 3);
}

TEST_CASE("a concurrent index without a name is refused with the line to write") {
  const pge::Error error =
      refused("-- pg-entrypoint: no-transaction\nCREATE INDEX CONCURRENTLY ON public.votes (choice);");
  CHECK(error.where.to_string() == "1_x.sql:2:1");
  CHECK(error.hint.contains("CREATE INDEX CONCURRENTLY votes_"));
  CHECK(error.hint.contains("ON public.votes"));
}

TEST_CASE("the checksum covers directives and the up part, not the down part") {
  const std::string up = "-- migrate:up\nSELECT 1;";
  const std::string checksum = parsed(up).checksum.text();
  CHECK(checksum.size() == 64);
  CHECK(parsed(up + "\n\n  \n").checksum.text() == checksum);
  CHECK(parsed(up + "\n\n-- migrate:down\nSELECT 2;").checksum.text() == checksum);
  CHECK(parsed(up + "\n-- migrate:down\nSELECT 3;").checksum.text() == checksum);
  CHECK(parsed(up + " -- x").checksum.text() != checksum);
  CHECK(parsed("-- pg-entrypoint: on-doubt=stop\n" + up).checksum.text() != checksum);
  CHECK(parsed("\n" + up).checksum.text() != checksum);
  CHECK(parsed("SELECT 1;\n").checksum.text() == pge::sha256_hex("SELECT 1;"));
}

TEST_CASE("a file without a statement is refused: it was forgotten, and could not be mended once applied") {
  for (const char* text : {"", "\n", "-- migrate:up\n-- migrate:down\nSELECT 1;", "BEGIN;\nCOMMIT;", ";;"}) {
    CHECK(refused(text).message == "the migration has no statement to run");
  }
}

TEST_CASE("positions in a statement with characters of many bytes lead to the right place of the file") {
  const std::string text = "-- größe\nSELECT 1;\n  SELECT '€', wrong;\n";
  const Migration migration = parsed(text);
  const auto statement = migration.up.statements[1];
  // PostgreSQL reports "wrong" at character 13 of the statement.
  const std::size_t offset = statement.offset + pge::byte_offset(statement.sql, 13);
  CHECK(migration.up.source.text.view().substr(offset, 5) == "wrong");
  CHECK(migration.up.source.at(offset).to_string() == "1_x.sql:3:15");
}

TEST_CASE("no bytes make the parser fall over") {
  std::minstd_rand random(20260131);
  const std::string pieces[] = {"'",
                                "\"",
                                "$$",
                                "$a$",
                                "/*",
                                "*/",
                                "--",
                                "\n",
                                ";",
                                "(",
                                ")",
                                "\\",
                                "\\.",
                                "E'",
                                "U&",
                                "COPY t FROM stdin;\n",
                                "BEGIN",
                                "COMMIT",
                                "CREATE FUNCTION f() BEGIN ATOMIC ",
                                "END;",
                                "\xFF",
                                std::string(1, '\0'),
                                "\n-- migrate:down\n",
                                "\n-- pg-entrypoint: ",
                                "VACUUM",
                                "CREATE INDEX CONCURRENTLY ",
                                "x",
                                ":'a'",
                                ":{?a}",
                                "\\;",
                                "\r",
                                "\xC3"};
  for (int round = 0; round < 5000; ++round) {
    std::string text;
    for (std::size_t i = random() % 24; i > 0; --i) text += pieces[random() % std::size(pieces)];
    const auto migration = parse(text);
    if (!migration) {
      CHECK(migration.error().code == pge::ExitCode::invalid_migrations);
      continue;
    }
    for (const auto& statement : migration->up.statements) {
      CHECK(text.substr(statement.offset, statement.sql.size()) == statement.sql);
    }
  }
}
