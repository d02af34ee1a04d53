#include "sql/concurrent_statement.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string_view>

using pge::ConcurrentIndex;

TEST_CASE("a concurrent index statement tells its index and its table") {
  const struct {
    std::string_view sql;
    ConcurrentIndex::Action action;
    std::string index;
    std::string table;
  } table[] = {
      {"CREATE INDEX CONCURRENTLY i ON t (a)", ConcurrentIndex::Action::create, "i", "t"},
      {"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS \"I x\" ON ONLY s . \"T\" USING gin (a)",
       ConcurrentIndex::Action::create, "\"I x\"", "s.\"T\""},
      {"CREATE INDEX CONCURRENTLY ON s.t (a)", ConcurrentIndex::Action::create, "", "s.t"},
      {"DROP INDEX CONCURRENTLY IF EXISTS s.i CASCADE", ConcurrentIndex::Action::drop, "s.i", ""},
      {"DROP INDEX CONCURRENTLY i, j", ConcurrentIndex::Action::drop, "", ""},
      {"REINDEX INDEX CONCURRENTLY s.i", ConcurrentIndex::Action::reindex, "s.i", ""},
      {"REINDEX (CONCURRENTLY) TABLE t", ConcurrentIndex::Action::reindex, "", "t"},
  };
  for (const auto& row : table) {
    INFO(row.sql);
    const auto found = pge::concurrent_index(row.sql);
    REQUIRE(found.has_value());
    CHECK(found->action == row.action);
    CHECK(found->index == row.index);
    CHECK(found->table == row.table);
  }
  CHECK_FALSE(pge::concurrent_index("CREATE INDEX i ON t (a)"));
  CHECK_FALSE(pge::concurrent_index("REINDEX TABLE t"));
  CHECK_FALSE(pge::concurrent_index("REFRESH MATERIALIZED VIEW CONCURRENTLY v"));
  const auto schema = pge::concurrent_index("REINDEX (VERBOSE) SCHEMA CONCURRENTLY \"S s\"");
  REQUIRE(schema.has_value());
  CHECK(schema->schema == "\"S s\"");
}

TEST_CASE("a concurrent detach tells its table and its partition") {
  const auto found = pge::concurrent_detach("ALTER TABLE IF EXISTS ONLY s.t DETACH PARTITION \"P p\" CONCURRENTLY");
  REQUIRE(found.has_value());
  CHECK(found->table == "s.t");
  CHECK(found->partition == "\"P p\"");
  CHECK_FALSE(pge::concurrent_detach("ALTER TABLE t DETACH PARTITION p"));
  CHECK_FALSE(pge::concurrent_detach("ALTER TABLE t DETACH PARTITION p FINALIZE"));
  CHECK_FALSE(pge::concurrent_detach("ALTER TABLE t ADD COLUMN concurrently int"));
}

TEST_CASE("a name spelled in Unicode escapes is seen, a string is not") {
  CHECK(pge::has_escaped_name("CREATE INDEX CONCURRENTLY U&\"i\" ON t (a)"));
  CHECK(pge::has_escaped_name("DROP INDEX CONCURRENTLY s.u&\"\\0069\""));
  CHECK_FALSE(pge::has_escaped_name("CREATE INDEX CONCURRENTLY \"U&\" ON t (a) WHERE b = U&'x'"));
}
