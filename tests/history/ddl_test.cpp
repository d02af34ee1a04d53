#include "history/ddl.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

namespace {

/// Each column of a CREATE TABLE or of its ADD COLUMNs, as "name type…".
bool has_column(const std::string& ddl, const std::string& column) {
  return ddl.contains("\n  " + column) || ddl.contains("add column if not exists " + column);
}

}  // namespace

TEST_CASE("a new table and an old one that was given the new columns agree") {
  const std::string fresh = pge::history_table_ddl("s.t");
  const std::string added = pge::history_columns_ddl("s.t");
  for (const std::string column :
       {"written_format smallint not null default 1", "session_pid integer", "session_started timestamp with time zone",
        "applied_in text", "replicated boolean not null default false", "lock_key bigint"}) {
    INFO(column);
    CHECK(has_column(fresh, column));
    CHECK(has_column(added, column));
  }
}

TEST_CASE("a binary of format 1 can insert into a table of format 2") {
  const std::string added = pge::history_columns_ddl("s.t");
  for (std::size_t at = 0; (at = added.find("not null", at)) != std::string::npos; ++at) {
    CHECK(added.substr(at).starts_with("not null default "));
  }
  CHECK(pge::oldest_format == 1);
  CHECK(pge::history_table_ddl("s.t").contains("format smallint not null default 1,"));
}
