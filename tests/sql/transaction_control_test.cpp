#include "sql/transaction_control.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <string_view>

using pge::TransactionControl;

namespace {

/// "serializable", "read only", "snapshot", in this order; "?" when it cannot be read.
std::string modes_of(std::string_view sql) {
  const auto modes = pge::transaction_modes(sql);
  if (!modes) return "?";
  std::string text = modes->isolation ? std::string(pge::level_name(*modes->isolation)) : "";
  if (modes->read_only) text += text.empty() ? "read only" : ", read only";
  return modes->snapshot ? text + "snapshot" : text;
}

}  // namespace

TEST_CASE("transaction control is told from statements that look like it") {
  const struct {
    std::string_view sql;
    TransactionControl control;
  } table[] = {
      {"BEGIN", TransactionControl::begin},
      {"begin work", TransactionControl::begin},
      {"BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED", TransactionControl::begin},
      {"/* x */ START TRANSACTION -- y", TransactionControl::begin},
      {"BEGIN ISOLATION LEVEL SERIALIZABLE", TransactionControl::begin},
      {"START TRANSACTION DEFERRABLE", TransactionControl::begin},
      {"COMMIT", TransactionControl::commit},
      {"COMMIT WORK", TransactionControl::commit},
      {"END TRANSACTION", TransactionControl::commit},
      {"COMMIT AND CHAIN", TransactionControl::other},
      {"COMMIT PREPARED 'x'", TransactionControl::other},
      {"ROLLBACK", TransactionControl::other},
      {"ROLLBACK PREPARED 'x'", TransactionControl::other},
      {"ABORT", TransactionControl::other},
      {"PREPARE TRANSACTION 'x'", TransactionControl::other},
      {"PREPARE transaction AS SELECT 1", TransactionControl::none},
      {"PREPARE p AS SELECT 1", TransactionControl::none},
      {"SAVEPOINT a", TransactionControl::savepoint},
      {"RELEASE SAVEPOINT a", TransactionControl::savepoint},
      {"ROLLBACK TO a", TransactionControl::savepoint},
      {"ROLLBACK TRANSACTION TO SAVEPOINT a", TransactionControl::savepoint},
      {"SET TRANSACTION READ ONLY", TransactionControl::set_modes},
      {"set local transaction isolation level serializable", TransactionControl::set_modes},
      {"SET transaction_isolation = 'serializable'", TransactionControl::set_modes},
      {"SET LOCAL transaction_read_only TO on", TransactionControl::set_modes},
      {"SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE", TransactionControl::none},
      {"SET default_transaction_isolation = 'serializable'", TransactionControl::none},
      {"SET SESSION AUTHORIZATION transaction", TransactionControl::none},
      {"SELECT 1", TransactionControl::none},
      {"CREATE TABLE begin_end ()", TransactionControl::none},
      {"DO 'BEGIN COMMIT; END'", TransactionControl::none},
      {"", TransactionControl::none},
  };
  for (const auto& [sql, control] : table) {
    INFO(sql);
    CHECK(pge::transaction_control(sql) == control);
  }
}

TEST_CASE("the modes of a transaction are read in every spelling") {
  const struct {
    std::string_view sql;
    std::string modes;
  } table[] = {
      {"BEGIN", ""},
      {"BEGIN WORK READ WRITE, NOT DEFERRABLE", ""},
      {"BEGIN ISOLATION LEVEL SERIALIZABLE", "serializable"},
      {"start transaction isolation level repeatable read read write", "repeatable read"},
      {"BEGIN TRANSACTION READ ONLY, ISOLATION LEVEL READ UNCOMMITTED", "read committed, read only"},
      {"SET TRANSACTION ISOLATION LEVEL /* x */ SERIALIZABLE, READ WRITE, DEFERRABLE", "serializable"},
      {"SET LOCAL TRANSACTION ISOLATION LEVEL REPEATABLE READ", "repeatable read"},
      {"SET SESSION TRANSACTION READ ONLY", "read only"},
      {"SET TRANSACTION SNAPSHOT '00000003-1'", "snapshot"},
      {"SET transaction_isolation = serializable", "serializable"},
      {"set local transaction_isolation to 'Repeatable Read'", "repeatable read"},
      {"SET transaction_read_only = on", "read only"},
      {"SET transaction_read_only TO 'off'", ""},
      {"SET transaction_deferrable = on", ""},
      {"SET TRANSACTION", "?"},
      {"SET TRANSACTION ISOLATION LEVEL", "?"},
      {"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE,", "?"},
      {"BEGIN ISOLATION SERIALIZABLE", "?"},
      {"BEGIN READ", "?"},
      {"BEGIN TODAY", "?"},
      {"SET transaction_isolation TO DEFAULT", "?"},
      {"SET transaction_isolation = 'chaos'", "?"},
  };
  for (const auto& [sql, modes] : table) {
    INFO(sql);
    CHECK(modes_of(sql) == modes);
  }
}

TEST_CASE("a level for later transactions is told from one for this transaction") {
  for (const std::string_view sql : {"SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE",
                                     "SET default_transaction_isolation = 'serializable'",
                                     "set local default_transaction_isolation to serializable"}) {
    INFO(sql);
    CHECK(pge::sets_default_isolation(sql));
  }
  for (const std::string_view sql :
       {"SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE", "SET default_transaction_read_only = off",
        "SET SESSION AUTHORIZATION isolation", "SELECT 'default_transaction_isolation'"}) {
    INFO(sql);
    CHECK_FALSE(pge::sets_default_isolation(sql));
  }
}

TEST_CASE("what means nothing outside of a transaction block is told from what does") {
  const struct {
    std::string_view sql;
    std::string_view name;
  } table[] = {
      {"LOCK TABLE t", "LOCK TABLE"},
      {"lock only s.t in access exclusive mode nowait", "LOCK TABLE"},
      {"SET LOCAL lock_timeout = '1s'", "SET LOCAL"},
      {"/* x */ set local role a", "SET LOCAL"},
      {"SET CONSTRAINTS ALL DEFERRED", "SET CONSTRAINTS"},
      {"DECLARE c CURSOR FOR SELECT 1", "DECLARE … CURSOR"},
      {"DECLARE c CURSOR WITHOUT HOLD FOR SELECT 1", "DECLARE … CURSOR"},
      {"DECLARE c CURSOR WITH HOLD FOR SELECT 1", ""},
      {"SELECT set_config('a', 'b', true)", "set_config(…, true)"},
      {"select pg_catalog.set_config('a', 'b', 'on')", "set_config(…, true)"},
      {"SELECT pg_catalog.set_config('search_path', '', false)", ""},
      {"SELECT true", ""},
      {"SET lock_timeout = '1s'", ""},
      {"SET SESSION lock_timeout = '1s'", ""},
      {"SELECT 1 FROM lock", ""},
      {"CREATE TABLE lock ()", ""},
      {"ALTER TABLE t SET (fillfactor = 70)", ""},
  };
  for (const auto& [sql, name] : table) {
    INFO(sql);
    CHECK(pge::needs_transaction_block(sql) == name);
  }
}

TEST_CASE("what may come before a transaction's first query is known") {
  for (const std::string_view sql : {"SET a = 1", "RESET a", "SHOW a", "LOCK TABLE t"}) {
    INFO(sql);
    CHECK(pge::takes_no_snapshot(sql));
  }
  for (const std::string_view sql : {"SELECT 1", "INSERT INTO t VALUES (1)", "SAVEPOINT a", "DO ''", "(SELECT 1)"}) {
    INFO(sql);
    CHECK_FALSE(pge::takes_no_snapshot(sql));
  }
  for (const std::string_view sql :
       {"SET LOCAL lock_timeout = '1s'", "set search_path to a", "SET SESSION statement_timeout TO 0"}) {
    INFO(sql);
    CHECK(pge::is_harmless_setting(sql));
  }
  for (const std::string_view sql : {"SET ROLE a", "SET LOCAL client_encoding = 'LATIN1'", "RESET lock_timeout",
                                     "SET SESSION AUTHORIZATION lock_timeout", "LOCK TABLE t"}) {
    INFO(sql);
    CHECK_FALSE(pge::is_harmless_setting(sql));
  }
}
