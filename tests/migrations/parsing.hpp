#pragma once

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <utility>

#include "migrations/parse.hpp"

/// The text of 1_x.sql, parsed.
namespace parsing {

inline pge::Result<pge::Migration> parse(std::string text) {
  return pge::parse_migration(
      {.key = {.version = "1"}, .name = "x", .source = {.path = "1_x.sql", .text = std::move(text)}});
}

inline pge::Migration parsed(const std::string& text) {
  INFO(text);
  auto migration = parse(text);
  if (!migration) FAIL(migration.error().message << " at " << migration.error().where.to_string());
  return *std::move(migration);
}

inline pge::Error refused(const std::string& text) {
  INFO(text);
  const auto migration = parse(text);
  REQUIRE_FALSE(migration.has_value());
  CHECK(migration.error().code == pge::ExitCode::invalid_migrations);
  CHECK_FALSE(migration.error().hint.empty());
  return migration.error();
}

}  // namespace parsing
