#include "sql/statement_kind.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <string_view>
#include <vector>

TEST_CASE("the head of a statement is read through comments, in any case") {
  CHECK(pge::head_words("create /* /* x */ */ Unique -- y\n INDEX i ON t (a)") ==
        std::vector<std::string>{"CREATE", "UNIQUE", "INDEX", "I"});
  CHECK(pge::head_words("SELECT 'a' FROM t") == std::vector<std::string>{"SELECT"});
  CHECK(pge::head_words("(SELECT 1)").empty());
  CHECK(pge::head_words("/* open").empty());
  CHECK(pge::head_words("").empty());
}

TEST_CASE("what PostgreSQL refuses in a transaction block is known by its head") {
  for (const std::string_view sql : {
           "CREATE INDEX CONCURRENTLY i ON t (a)",
           "create unique index concurrently on t (a)",
           "DROP INDEX CONCURRENTLY i",
           "REINDEX INDEX CONCURRENTLY i",
           "REINDEX (VERBOSE, CONCURRENTLY) TABLE t",
           "REINDEX (CONCURRENTLY true) TABLE t",
           "REINDEX DATABASE d",
           "REINDEX (VERBOSE) SYSTEM",
           "REINDEX SCHEMA s",
           "VACUUM",
           "vacuum (analyze) t",
           "CREATE DATABASE d",
           "DROP DATABASE d",
           "CREATE TABLESPACE s LOCATION '/x'",
           "DROP TABLESPACE s",
           "ALTER SYSTEM SET work_mem = '1MB'",
           "ALTER DATABASE d SET TABLESPACE s",
           "CLUSTER",
           "CLUSTER (VERBOSE)",
           "DISCARD ALL",
           "ALTER TABLE t DETACH PARTITION p CONCURRENTLY",
           "/* why */ VACUUM t",
       }) {
    INFO(sql);
    CHECK_FALSE(pge::refused_in_transaction(sql).empty());
    CHECK(pge::must_run_alone(sql));
  }
  for (const std::string_view sql : {
           "CREATE INDEX i ON t (a)",
           "CREATE INDEX \"concurrently\" ON t (a)",
           "DROP INDEX i",
           "REINDEX TABLE t",
           "REINDEX (CONCURRENTLY false) TABLE t",
           "REINDEX (CONCURRENTLY 0) TABLE t",
           "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
           "CLUSTER t",
           "CLUSTER VERBOSE t USING i",
           "DISCARD PLANS",
           "ALTER DATABASE d SET work_mem = '1MB'",
           "ALTER TABLE t DETACH PARTITION p",
           "ALTER TABLE concurrently ADD COLUMN detach int",
           "CREATE TABLE vacuum_log ()",
           "SELECT 'VACUUM'",
           "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (connect = false)",
       }) {
    INFO(sql);
    CHECK(pge::refused_in_transaction(sql).empty());
    CHECK_FALSE(pge::must_run_alone(sql));
  }
  CHECK(pge::must_run_alone("CALL p()"));
  CHECK(pge::must_run_alone("DO $$ BEGIN COMMIT; END $$"));
  CHECK(pge::refused_in_transaction("CALL p()").empty());
}

TEST_CASE("CONCURRENTLY is told from what only blocks") {
  for (const std::string_view sql :
       {"CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)", "drop index concurrently i", "REINDEX (CONCURRENTLY) TABLE t",
        "ALTER TABLE t DETACH PARTITION p CONCURRENTLY"}) {
    INFO(sql);
    CHECK(pge::is_concurrent(sql));
  }
  for (const std::string_view sql :
       {"CREATE INDEX i ON t (a)", "VACUUM t", "REINDEX DATABASE d", "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
        "ALTER TABLE t DETACH PARTITION p", "CALL p()"}) {
    INFO(sql);
    CHECK_FALSE(pge::is_concurrent(sql));
  }
}

TEST_CASE("settings that outlive the transaction are told from those that do not") {
  for (const std::string_view sql :
       {"SET search_path = a", "set SESSION AUTHORIZATION x", "SET ROLE x", "RESET ALL", "SET SESSION x.y = 1"}) {
    CHECK(pge::is_session_setting(sql));
  }
  for (const std::string_view sql :
       {"SET LOCAL x = 1", "SET TRANSACTION READ ONLY", "SET SESSION TRANSACTION READ WRITE",
        "SET LOCAL TRANSACTION ISOLATION LEVEL SERIALIZABLE", "SET transaction_isolation = serializable",
        "SET CONSTRAINTS ALL DEFERRED", "UPDATE t SET x = 1", ""}) {
    CHECK_FALSE(pge::is_session_setting(sql));
  }
}

TEST_CASE("COPY from the client is told from other COPY") {
  for (const std::string_view sql :
       {"COPY t FROM stdin", "copy s.t(a, \"b)\") from STDIN with (format csv)", "COPY \"T;\" FROM STDIN",
        "COPY BINARY t FROM stdin", "COPY binary FROM stdin", "COPY binary (a) FROM stdin", "COPY binary.t FROM stdin",
        "COPY a.b.c FROM STDOUT", "/* x */ COPY /* y */ t FROM -- z\n stdin"}) {
    INFO(sql);
    CHECK(pge::is_copy_from_stdin(sql));
  }
  for (const std::string_view sql :
       {"COPY t TO stdout", "COPY t FROM '/f'", "COPY t FROM PROGRAM 'stdin'", "COPY (SELECT 1) TO STDOUT", "COPY t (a",
        "COPY", "SELECT 'COPY t FROM stdin'", "COPY t FROM \"stdin\""}) {
    INFO(sql);
    CHECK_FALSE(pge::is_copy_from_stdin(sql));
  }
}

TEST_CASE("a temporary table that does not outlive its transaction is told from one that does") {
  CHECK(pge::is_dropped_on_commit("CREATE TEMP TABLE t (n int) ON COMMIT DROP"));
  CHECK(pge::is_dropped_on_commit("create temporary table t on commit drop as select 1"));
  for (const std::string_view sql : {"CREATE TEMP TABLE t (n int)", "CREATE TEMP TABLE t (n int) ON COMMIT DELETE ROWS",
                                     "CREATE TEMP TABLE t AS SELECT 'ON COMMIT DROP'"}) {
    INFO(sql);
    CHECK_FALSE(pge::is_dropped_on_commit(sql));
  }
}
