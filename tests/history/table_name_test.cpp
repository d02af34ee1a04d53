#include "history/table_name.hpp"

#include <catch2/catch_test_macros.hpp>
#include <optional>
#include <string>

using pge::HistoryTable;

namespace {

HistoryTable table_of(const std::optional<std::string>& text) {
  auto table = HistoryTable::parse(text);
  REQUIRE(table.has_value());
  return *table;
}

}  // namespace

TEST_CASE("the option --history-table names one place; without it there are two") {
  const HistoryTable chosen = table_of("meta.a");
  CHECK(chosen.place() == HistoryTable::Name{.schema = "meta", .name = "a"});
  CHECK(chosen.places().size() == 1);
  CHECK(table_of("a").place().text() == "public.a");

  const HistoryTable by_default = table_of(std::nullopt);
  CHECK(by_default.place() == HistoryTable::default_place());
  REQUIRE(by_default.places().size() == 2);
  CHECK(by_default.places()[0].text() == "pgentrypoint.history");
  CHECK(by_default.places()[1].text() == "public.pg_entrypoint_history");
}

TEST_CASE("a history table that is no name is refused") {
  for (const std::string& text :
       {std::string(), std::string("."), std::string("a."), std::string(".a"), std::string("a.b.c"),
        std::string("x\"y"), std::string("pg_own.history"), std::string(64, 'n'), "s." + std::string(64, 'n')}) {
    INFO(text);
    CHECK_FALSE(HistoryTable::parse(text).has_value());
  }
}

TEST_CASE("the facts table is beside the history table") {
  const struct {
    std::optional<std::string> history;
    std::string facts;
  } table[] = {
      {std::nullopt, "pgentrypoint.facts"},
      {"pgentrypoint.history", "pgentrypoint.facts"},
      {"public.pg_entrypoint_history", "public.pg_entrypoint_facts"},
      {"pg_entrypoint_history", "public.pg_entrypoint_facts"},
      {"meta.a", "meta.a_facts"},
      {"meta.history", "meta.history_facts"},
      {"meta." + std::string(57, 'n'), "meta." + std::string(57, 'n') + "_facts"},
      {"meta." + std::string(63, 'n'), "meta." + std::string(57, 'n') + "_facts"},
      // An "é" takes two bytes, and is not cut in half.
      {"meta." + std::string(56, 'n') + "éé", "meta." + std::string(56, 'n') + "_facts"},
  };
  for (const auto& [history, facts] : table) {
    INFO(history.value_or("(default)"));
    CHECK(table_of(history).facts().text() == facts);
  }
}

TEST_CASE("both default places have one lock key, any other place has its own") {
  const auto key = table_of(std::nullopt).lock_key();
  // What a binary of format 1 takes for public.pg_entrypoint_history: half of the SHA-256 of a text of three lines.
  CHECK(key == -4688220735976456266);
  CHECK(table_of("pgentrypoint.history").lock_key() == key);
  CHECK(table_of("public.pg_entrypoint_history").lock_key() == key);
  CHECK(table_of("meta.history").lock_key() != key);
  CHECK(table_of("public.history").lock_key() != key);
  CHECK(table_of("meta.history").lock_key() != table_of("other.history").lock_key());
  HistoryTable given = table_of("meta.history");
  given.key = 42;
  CHECK(given.lock_key() == 42);
  CHECK(given.derived_key() == table_of("meta.history").lock_key());
  CHECK(given.at(HistoryTable::default_place()).lock_key() == 42);
}

TEST_CASE("a table keeps its settings at another place") {
  auto table = HistoryTable::parse(std::nullopt, true);
  REQUIRE(table.has_value());
  const HistoryTable moved = table->at(HistoryTable::old_default_place());
  CHECK(moved.place() == HistoryTable::old_default_place());
  CHECK(moved.namesakes_allowed);
  CHECK_FALSE(moved.chosen);
}
