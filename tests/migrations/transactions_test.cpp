#include <catch2/catch_test_macros.hpp>
#include <string>

#include "migrations/parsing.hpp"

using parsing::parsed;
using parsing::refused;

namespace {

const std::string in_steps = "-- pg-entrypoint: no-transaction\n";

std::string shape_of(const pge::TransactionShape& shape) {
  std::string text = shape.isolation ? std::string(pge::level_name(*shape.isolation)) : "default";
  return shape.leading == 0 ? text : text + " +" + std::to_string(shape.leading);
}

/// The statements of each step, "A | [B, C] | D"; blocks in brackets.
std::string steps_of(const pge::Part& part) {
  std::string text;
  for (std::size_t i = 0; i < part.steps(); ++i) {
    const pge::Step step = part.step(i);
    std::string inside;
    for (std::size_t j = 0; j < step.size; ++j) {
      inside += (j == 0 ? "" : ", ") + std::string(part.statements[step.first + j].sql);
    }
    text += (i == 0 ? "" : " | ") + (step.block ? "[" + inside + "]" : inside);
  }
  return text;
}

}  // namespace

TEST_CASE("a block BEGIN … COMMIT of a no-transaction file is one step") {
  const struct {
    std::string text;
    std::string steps;
  } table[] = {
      {"BEGIN; A; B; COMMIT;", "[A, B]"},
      {"A; BEGIN; B; C; COMMIT;", "A | [B, C]"},
      {"start transaction; A; end; B; C", "[A] | B | C"},
      {"A; BEGIN WORK; B; COMMIT; BEGIN; C; D; END; E", "A | [B] | [C, D] | E"},
      {"BEGIN; SAVEPOINT s; A; ROLLBACK TO s; COMMIT;", "[SAVEPOINT s, A, ROLLBACK TO s]"},
      {"BEGIN; SET LOCAL x = 1; LOCK TABLE t; SET CONSTRAINTS ALL DEFERRED; COMMIT;",
       "[SET LOCAL x = 1, LOCK TABLE t, SET CONSTRAINTS ALL DEFERRED]"},
      {"BEGIN; DECLARE c CURSOR FOR A; FETCH c; COMMIT;", "[DECLARE c CURSOR FOR A, FETCH c]"},
      {"BEGIN; CREATE TEMP TABLE t () ON COMMIT DROP; A; COMMIT;", "[CREATE TEMP TABLE t () ON COMMIT DROP, A]"},
      {"BEGIN; CALL p(); DO $$ $$; COMMIT;", "[CALL p(), DO $$ $$]"},
      {"A; BEGIN; COMMIT; B", "A | [] | B"},
      {"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END; BEGIN; A; END;",
       "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END | [A]"},
  };
  for (const auto& [text, steps] : table) {
    INFO(text);
    CHECK(steps_of(parsed(in_steps + text).up) == steps);
    CHECK(steps_of(parsed(in_steps + "A;\n-- migrate:down\n" + text).down.value()) == steps);
  }
}

TEST_CASE("COPY data stays with its statement when BEGIN and COMMIT are taken out") {
  const auto migration =
      parsed(in_steps + "BEGIN;\nA;\nCOPY t FROM stdin;\n1\n\\.\nCOMMIT;\nCOPY u FROM stdin;\n2\n\\.\n");
  CHECK(steps_of(migration.up) == "[A, COPY t FROM stdin] | COPY u FROM stdin");
  CHECK(migration.up.statements[1].copy_data == "1\n");
  CHECK(migration.up.statements[2].copy_data == "2\n");
}

TEST_CASE("blocks that do not end, nest, or end otherwise are refused where they stand") {
  const struct {
    std::string text;
    std::string where;
    std::string says;
  } table[] = {
      {"A;\nBEGIN; B;", "1_x.sql:3:1", "this BEGIN has no COMMIT"},
      {"A;\nCOMMIT;", "1_x.sql:3:1", "COMMIT in a no-transaction file"},
      {"BEGIN; A; COMMIT;\nCOMMIT;", "1_x.sql:3:1", "COMMIT in a no-transaction file"},
      {"BEGIN; A;\nBEGIN; COMMIT;", "1_x.sql:3:1", "blocks do not nest"},
      {"BEGIN; A;\nROLLBACK;", "1_x.sql:3:1", "ends with COMMIT"},
      {"BEGIN; A;\nCOMMIT AND CHAIN;", "1_x.sql:3:1", "ends with COMMIT"},
      {"BEGIN; A;\nPREPARE TRANSACTION 'x';", "1_x.sql:3:1", "ends with COMMIT"},
      {"BEGIN; A;\nVACUUM t; COMMIT;", "1_x.sql:3:1", "move it out of BEGIN … COMMIT"},
      {"BEGIN; A;\nCREATE INDEX CONCURRENTLY i ON t (a); COMMIT;", "1_x.sql:3:1", "move it out of BEGIN … COMMIT"},
      {"BEGIN; A;\nCREATE TEMP TABLE t (); COMMIT;", "1_x.sql:3:1", "ordinary table"},
      {"BEGIN; A;\nDECLARE c CURSOR WITH HOLD FOR B; COMMIT;", "1_x.sql:3:1", "another session"},
      {"BEGIN; A;\nCOPY t TO stdout; COMMIT;", "1_x.sql:3:1", "nowhere to go"},
      {"A;\nBEGIN READ ONLY; B; COMMIT;", "1_x.sql:3:1", "READ ONLY"},
      {"A;\nBEGIN TODAY; B; COMMIT;", "1_x.sql:3:1", "cannot be read"},
  };
  for (const auto& [text, where, says] : table) {
    const pge::Error error = refused(in_steps + text);
    CHECK(error.where.to_string() == where);
    CHECK((error.message + " " + error.hint).contains(says));
  }
}

TEST_CASE("what means nothing by itself is refused as a step, with a block as the way to write it") {
  for (const std::string sql :
       {"LOCK TABLE t", "LOCK t IN SHARE MODE", "SET LOCAL lock_timeout = '1s'", "SET CONSTRAINTS ALL IMMEDIATE",
        "DECLARE c CURSOR FOR A", "SAVEPOINT s", "RELEASE s", "ROLLBACK TO s", "SET TRANSACTION READ WRITE",
        "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", "SET transaction_isolation = 'serializable'"}) {
    const pge::Error error = refused(in_steps + "A;\n" + sql + ";");
    CHECK(error.where.to_string() == "1_x.sql:3:1");
    CHECK(error.hint.contains("between BEGIN; and COMMIT;"));
    // Its twins: in a block, and in a file that is one transaction.
    CHECK(parsed(in_steps + "BEGIN; " + sql + "; A; COMMIT;").up.steps() == 1);
    CHECK(parsed(sql + "; A;").up.steps() == 0);
  }
}

TEST_CASE("a file with transactions of its own is told how to keep them") {
  const struct {
    std::string text;
    std::string where;
  } table[] = {
      {"CREATE EXTENSION e;\nBEGIN; A; COMMIT;", "1_x.sql:2:1"},
      {"BEGIN; A; COMMIT; B;", "1_x.sql:1:1"},
      {"BEGIN; A; COMMIT; BEGIN; B; COMMIT;", "1_x.sql:1:11"},
  };
  for (const auto& [text, where] : table) {
    const pge::Error error = refused(text);
    CHECK(error.where.to_string() == where);
    CHECK(error.hint.contains("each BEGIN … COMMIT is a step in one transaction: -- pg-entrypoint: no-transaction"));
    parsed(in_steps + text);
  }
  // The directive would not help these.
  for (const std::string text : {"BEGIN; A;", "A; COMMIT;", "BEGIN; A; ROLLBACK; B;", "A; BEGIN; BEGIN; B; COMMIT;"}) {
    CHECK_FALSE(refused(text).hint.contains("no-transaction"));
    refused(in_steps + text);
  }
}

TEST_CASE("the isolation level of a file is that of its directive, its BEGIN or its first SET TRANSACTION") {
  const struct {
    std::string text;
    std::string shape;
    std::string first;
  } table[] = {
      {"A;", "default", "A"},
      {"BEGIN; A; COMMIT;", "default", "A"},
      {"BEGIN ISOLATION LEVEL READ COMMITTED; A; COMMIT;", "read committed", "A"},
      {"BEGIN ISOLATION LEVEL SERIALIZABLE; A; COMMIT;", "serializable", "A"},
      {"START TRANSACTION READ WRITE, ISOLATION LEVEL REPEATABLE READ; A; COMMIT;", "repeatable read", "A"},
      {"BEGIN; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; A; COMMIT;", "serializable", "A"},
      {"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; A;", "repeatable read", "A"},
      {"SET LOCAL transaction_isolation = 'repeatable read'; A;", "repeatable read", "A"},
      {"SET TRANSACTION READ WRITE; SET TRANSACTION DEFERRABLE; A;", "default", "A"},
      {"SET x = 1; SHOW x; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; A;", "serializable", "SET x = 1"},
      {"-- pg-entrypoint: isolation=serializable\nA;", "serializable", "A"},
      {"-- pg-entrypoint: isolation=repeatable-read\nBEGIN; A; COMMIT;", "repeatable read", "A"},
      {"-- pg-entrypoint: isolation=serializable\nSET TRANSACTION ISOLATION LEVEL SERIALIZABLE; A;", "serializable",
       "A"},
      // A lock must come before what the transaction sees is fixed.
      {"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; LOCK TABLE t; A;", "serializable +1", "LOCK TABLE t"},
      {"SET lock_timeout = 1; LOCK t; LOCK u; SET x = 1; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; A;",
       "serializable +3", "SET lock_timeout = 1"},
      {"LOCK TABLE t; A;", "default", "LOCK TABLE t"},
      {"-- pg-entrypoint: isolation=serializable\nA; LOCK TABLE t;", "serializable", "A"},
  };
  for (const auto& [text, shape, first] : table) {
    INFO(text);
    const auto migration = parsed(text);
    CHECK(shape_of(migration.up.shape) == shape);
    CHECK(migration.up.statements.front().sql == first);
    for (const auto statement : migration.up.statements) CHECK_FALSE(statement.sql.starts_with("SET TRANSACTION"));
  }
}

TEST_CASE("the directive is for both parts, a statement for its own") {
  const auto both = parsed("-- pg-entrypoint: isolation=serializable\nA;\n-- migrate:down\nB;");
  CHECK(shape_of(both.up.shape) == "serializable");
  CHECK(shape_of(both.down.value().shape) == "serializable");
  const auto one = parsed("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; A;\n-- migrate:down\nB;");
  CHECK(shape_of(one.up.shape) == "serializable");
  CHECK(shape_of(one.down.value().shape) == "default");
}

TEST_CASE("each block has its own isolation level") {
  const auto part =
      parsed(
          in_steps +
          "BEGIN ISOLATION LEVEL SERIALIZABLE; A; COMMIT; B; BEGIN; SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; "
          "LOCK TABLE t; C; COMMIT; BEGIN; D; COMMIT;")
          .up;
  CHECK(steps_of(part) == "[A] | B | [LOCK TABLE t, C] | [D]");
  CHECK(shape_of(part.step(0).shape) == "serializable");
  CHECK(shape_of(part.step(1).shape) == "default");
  CHECK(shape_of(part.step(2).shape) == "repeatable read +1");
  CHECK(shape_of(part.step(3).shape) == "default");
}

TEST_CASE("modes that a migration cannot have are refused where they stand") {
  const struct {
    std::string text;
    std::string where;
    std::string says;
  } table[] = {
      {"BEGIN READ ONLY;\nA; COMMIT;", "1_x.sql:1:1", "READ ONLY"},
      {"SET x = 1;\nSET TRANSACTION READ ONLY; A;", "1_x.sql:2:1", "READ ONLY"},
      {"A;\nSET LOCAL transaction_read_only = on;", "1_x.sql:2:1", "READ ONLY"},
      {"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;\nSET TRANSACTION SNAPSHOT '1-1'; A;", "1_x.sql:2:1",
       "snapshot of another session"},
      {"A;\nSET TRANSACTION ISOLATION LEVEL SERIALIZABLE; B;", "1_x.sql:2:1", "before the transaction's first query"},
      {"BEGIN; SAVEPOINT s;\nSET TRANSACTION ISOLATION LEVEL SERIALIZABLE; COMMIT;", "1_x.sql:2:1", "first query"},
      {"-- pg-entrypoint: isolation=serializable\nBEGIN ISOLATION LEVEL REPEATABLE READ; A; COMMIT;", "1_x.sql:2:1",
       "remove one of them"},
      {"SET TRANSACTION ISOLATION LEVEL WHATEVER; A;", "1_x.sql:1:1", "cannot be read"},
      {"SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE;\nA;", "1_x.sql:1:1",
       "isolation=serializable"},
      {"A;\nSET default_transaction_isolation = 'serializable';", "1_x.sql:2:1", "for later transactions"},
      {"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; SET ROLE r;\nLOCK TABLE t; A;", "1_x.sql:2:1", "below it"},
  };
  for (const auto& [text, where, says] : table) {
    const pge::Error error = refused(text);
    CHECK(error.where.to_string() == where);
    CHECK((error.message + " " + error.hint).contains(says));
  }
  // The twins: the same level again, and READ COMMITTED, where each query sees what is new.
  CHECK(parsed("A; SET TRANSACTION ISOLATION LEVEL READ COMMITTED;").up.statements.size() == 2);
  CHECK(parsed("SET ROLE r; LOCK TABLE t; A;").up.statements.size() == 3);
  CHECK(parsed(in_steps + "SET default_transaction_isolation = 'serializable'; A;").up.steps() == 2);
}
