#include "migrations/remark.hpp"

#include <catch2/catch_test_macros.hpp>

#include "migrations/parsing.hpp"

using parsing::parsed;
using parsing::refused;

TEST_CASE("a file in which somebody says that there is nothing to do does nothing") {
  for (const std::string text : {
           "-- NOOP",
           "-- nothing yet\n",
           "/* MySQL only */",
           "/*!40101 SET NAMES utf8 */;\n",
           "-- ----------\n-- ALTER TABLE t ADD c int;\n",
           "-- migrate:up\n-- nothing to do here\n-- migrate:down\n",
           "-- pg-entrypoint: no-transaction\n-- was an index\n",
           "-- нечего делать\n",
           "BEGIN;\n-- nothing for PostgreSQL\nCOMMIT;\n",
           "-- NOOP\n-- migrate:down\nDROP TABLE t;\n",
       }) {
    const pge::Migration migration = parsed(text);
    CHECK(migration.does_nothing());
    CHECK(migration.up.steps() == 0);
  }
  CHECK_FALSE(parsed("-- NOOP\nSELECT 1;").does_nothing());
}

TEST_CASE("a file that was forgotten is no such file") {
  for (const std::string& text : {
           std::string(),
           std::string("\n\n"),
           std::string(";;"),
           std::string("--\n-- ----- --\n/**/\n/* *** */"),
           std::string("-- migrate:up\n\n-- migrate:down\n"),
           std::string("-- pg-entrypoint: lock_timeout=5s\n"),
           std::string("BEGIN;\nCOMMIT;\n"),
           std::string("-- migrate:down\n-- NOOP\nDROP TABLE t;"),
           std::string("-- Add migration script here\n"),
           std::string("-- Add up migration script here \n"),
           std::string("-- Your SQL goes here\n"),
           std::string("--Write your migrate up statements here\n"),
           std::string(pge::new_migration_text),
       }) {
    CHECK(refused(text).message == "the migration has no statement to run");
  }
}
