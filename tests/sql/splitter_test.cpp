#include "sql/splitter.hpp"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <string>
#include <vector>

using namespace std::string_literals;
using pge::Statement;

namespace {

std::vector<std::string> split(const std::string& sql) {
  INFO(sql);
  const auto statements = pge::split_statements({.path = "f.sql", .text = sql});
  if (!statements) FAIL(statements.error().message);
  std::vector<std::string> texts;
  for (const Statement statement : *statements) {
    CHECK(sql.substr(statement.offset, statement.sql.size()) == statement.sql);
    texts.emplace_back(statement.sql);
  }
  return texts;
}

pge::Error refused(const std::string& sql) {
  INFO(sql);
  const auto statements = pge::split_statements({.path = "f.sql", .text = sql});
  REQUIRE_FALSE(statements.has_value());
  CHECK(statements.error().code == pge::ExitCode::invalid_migrations);
  CHECK_FALSE(statements.error().hint.empty());
  return statements.error();
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a text is split where psql would split it") {
  const struct {
    std::string sql;
    Texts statements;
  } table[] = {
      {"", {}},
      {" \n\t", {}},
      {";;", {}},
      {" ; /* nothing */ ; -- either\n;", {}},
      {"-- only a comment", {}},
      {"/* only\na comment */", {}},
      {"/* a */ -- b\n /* c */", {}},
      {"SELECT 1", {"SELECT 1"}},
      {"SELECT 1;", {"SELECT 1"}},
      {"SELECT 1 ;\n", {"SELECT 1"}},
      {"SELECT 1;SELECT 2", {"SELECT 1", "SELECT 2"}},
      {"SELECT 1; -- last line is a comment", {"SELECT 1"}},
      {"SELECT 1 -- last line is a comment", {"SELECT 1 -- last line is a comment"}},
      {"-- in front\nSELECT 1;", {"SELECT 1"}},
      {"/* in front */ SELECT 1;", {"/* in front */ SELECT 1"}},
      {"SELECT 1 /* ; */ + /* /* ; */ ; */ 2;", {"SELECT 1 /* ; */ + /* /* ; */ ; */ 2"}},
      {"SELECT 1 -- ;\n;", {"SELECT 1 -- ;"}},
      {"SELECT ';'; SELECT 'a'';b'", {"SELECT ';'", "SELECT 'a'';b'"}},
      {R"(SELECT E'\';'; SELECT 2)", {R"(SELECT E'\';')", "SELECT 2"}},
      {R"(SELECT e'\\'; SELECT 2)", {R"(SELECT e'\\')", "SELECT 2"}},
      {R"(SELECT '\'; SELECT 2)", {R"(SELECT '\')", "SELECT 2"}},
      {"SELECT E'a'\n'\\';'; SELECT 2", {"SELECT E'a'\n'\\';'", "SELECT 2"}},
      {R"(SELECT U&'\0441;' UESCAPE '!'; SELECT 2)", {R"(SELECT U&'\0441;' UESCAPE '!')", "SELECT 2"}},
      {R"(SELECT U&"d\0061t;a"; SELECT 2)", {R"(SELECT U&"d\0061t;a")", "SELECT 2"}},
      {"SELECT N';', B'1', X'1F'; SELECT 2", {"SELECT N';', B'1', X'1F'", "SELECT 2"}},
      {R"(SELECT "a;""b"; SELECT 2)", {R"(SELECT "a;""b")", "SELECT 2"}},
      {"SELECT $$;$$; SELECT 2", {"SELECT $$;$$", "SELECT 2"}},
      {"SELECT $a$ $b$ ; $$ ; $a$; SELECT 2", {"SELECT $a$ $b$ ; $$ ; $a$", "SELECT 2"}},
      {"SELECT $a$x$a; $a$; SELECT 2", {"SELECT $a$x$a; $a$", "SELECT 2"}},
      {"SELECT a$b$c; SELECT d$b$e", {"SELECT a$b$c", "SELECT d$b$e"}},
      {"PREPARE p AS SELECT $1; SELECT 2", {"PREPARE p AS SELECT $1", "SELECT 2"}},
      {"SELECT $ü$;$ü$; SELECT 2", {"SELECT $ü$;$ü$", "SELECT 2"}},
      {"SELECT 1 @-- operator\n 2; SELECT 3", {"SELECT 1 @-- operator\n 2", "SELECT 3"}},
      {"SELECT 1 +/* ; */ 2; SELECT 3", {"SELECT 1 +/* ; */ 2", "SELECT 3"}},
      {"SELECT a::int, :x, :'y', :\"z\", b[1:2]; SELECT 2", {"SELECT a::int, :x, :'y', :\"z\", b[1:2]", "SELECT 2"}},
      {"CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO a VALUES (1); INSERT INTO b VALUES (2)); SELECT "
       "2",
       {"CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO a VALUES (1); INSERT INTO b VALUES (2))", "SELECT 2"}},
      {"CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END; $$; SELECT 2",
       {"CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END; $$", "SELECT 2"}},
      {"DO $$ BEGIN PERFORM 1; END $$; SELECT 2", {"DO $$ BEGIN PERFORM 1; END $$", "SELECT 2"}},
  };
  for (const auto& [sql, statements] : table) CHECK(split(sql) == statements);
}

TEST_CASE("a function with a BEGIN ATOMIC body stays one statement") {
  const std::string body =
      "CREATE OR REPLACE FUNCTION f(a int) RETURNS int LANGUAGE sql\n"
      "BEGIN ATOMIC\n  SELECT 1;\n  SELECT CASE WHEN a > 0 THEN 1 ELSE 2 END;\nEND";
  CHECK(split(body + ";\nSELECT 2;") == Texts{body, "SELECT 2"});
  const std::string procedure = "create procedure p() begin atomic insert into t values (1); end";
  CHECK(split(procedure + "; " + procedure + ";") == Texts{procedure, procedure});
}

TEST_CASE("a name that contains a key word of bodies ends nothing and begins nothing") {
  for (const std::string sql : {
           "CREATE TABLE atomic_things (id int, begin_at int)",
           "CREATE FUNCTION atomic() RETURNS int LANGUAGE sql AS 'SELECT 1'",
           "CREATE FUNCTION nonatomic_begin() RETURNS int LANGUAGE sql RETURN 1",
           "ALTER TABLE t ADD COLUMN is_atomic bool",
           "COMMENT ON TABLE t IS 'BEGIN ATOMIC'",
           "CREATE FUNCTION \"begin\"() RETURNS int LANGUAGE sql AS $$SELECT 1$$",
           "SELECT CASE WHEN true THEN 1 END",
       }) {
    CHECK(split(sql + "; SELECT 2;") == Texts{sql, "SELECT 2"});
  }
}

TEST_CASE("COPY FROM STDIN takes the lines that follow as data") {
  const std::string sql =
      "COPY public.t (a, b) FROM stdin;\n1\tit's; $$ /*\n\\N\t2\n\\.\n\nSELECT 1;\n"
      "COPY u FROM STDIN WITH (FORMAT csv);\n\\.\nCOPY v TO STDOUT;";
  const auto statements = pge::split_statements({.path = "f.sql", .text = sql});
  REQUIRE(statements.has_value());
  REQUIRE(statements->size() == 4);
  CHECK((*statements)[0].sql == "COPY public.t (a, b) FROM stdin");
  CHECK((*statements)[0].copy_data == "1\tit's; $$ /*\n\\N\t2\n");
  CHECK((*statements)[1].sql == "SELECT 1");
  CHECK_FALSE((*statements)[1].copy_data.has_value());
  CHECK((*statements)[2].copy_data == "");
  CHECK_FALSE((*statements)[3].copy_data.has_value());
  for (const Statement statement : *statements) {
    CHECK(sql.substr(statement.offset, statement.sql.size()) == statement.sql);
  }
}

TEST_CASE("COPY data ends at the end of the file when its last line has no newline") {
  const std::string sql = "COPY t FROM stdin; -- data\n1\n\\.";
  const auto statements = pge::split_statements({.path = "f.sql", .text = sql});
  REQUIRE(statements.has_value());
  CHECK(statements->front().copy_data == "1\n");
}

TEST_CASE("COPY data that has no end, or no room, is refused") {
  CHECK(refused("SELECT 1;\n COPY t FROM stdin;\n1\n").where.to_string() == "f.sql:2:2");
  CHECK(refused("COPY t FROM stdin;").message.contains("not terminated"));
  CHECK(refused("COPY t FROM stdin").message.contains("no semicolon"));
  CHECK(refused("COPY t FROM stdin; SELECT 1;\n\\.\n").where.to_string() == "f.sql:1:19");
}

TEST_CASE("the lines that pg_dump writes for psql alone are left out") {
  const std::string sql =
      "--\n-- PostgreSQL database dump\n--\n\n\\restrict a1B2c3\n\nSET x = 1;\nCOPY t FROM stdin;\n1\n\\.\n\n"
      "--\n-- done\n--\n\n\\unrestrict a1B2c3\n\n";
  CHECK(split(sql) == Texts{"SET x = 1", "COPY t FROM stdin"});
}

TEST_CASE("psql meta-commands and variables are refused where they stand") {
  const struct {
    std::string sql;
    std::string where;
  } table[] = {
      {"\\connect other\n", "f.sql:1:1"},         {"SELECT 1;\n\\i other.sql", "f.sql:2:1"},
      {"SELECT 1 \\gset", "f.sql:1:10"},          {"SELECT 1 \\; SELECT 2;", "f.sql:1:10"},
      {"SELECT 'ü' \\: 2", "f.sql:1:12"},         {"\\;", "f.sql:1:1"},
      {"SELECT 1; \\restrict abc", "f.sql:1:11"}, {"SELECT 1\n\\restrict abc", "f.sql:2:1"},
      {"SELECT :{?name};", "f.sql:1:8"},          {"\\.\n", "f.sql:1:1"},
  };
  for (const auto& [sql, where] : table) CHECK(refused(sql).where.to_string() == where);
}

TEST_CASE("what is never closed is named, with the place where it was opened") {
  const struct {
    std::string sql;
    std::string where;
    std::string word;
  } table[] = {
      {"SELECT 1;\nSELECT 'it''s;\n\nSELECT 2;\n", "f.sql:2:8", "quoted string"},
      {"SELECT 'ü', E'a\\';", "f.sql:1:13", "quoted string"},
      {"SELECT \"a;", "f.sql:1:8", "identifier"},
      {"SELECT 1; DO $body$ BEGIN\n$BODY$;", "f.sql:1:14", "dollar-quoted"},
      {"SELECT 1; /* a /* b */\nSELECT 2;", "f.sql:1:11", "comment"},
      {"SELECT 1; SELECT (1 + (2);\nSELECT 3;", "f.sql:1:18", "parenthesis"},
      {"SELECT 1;\nCREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1;", "f.sql:2:1", "BEGIN ATOMIC"},
      {"SELECT U&'a", "f.sql:1:8", "quoted string"},
      {"SELECT X'1F", "f.sql:1:8", "quoted string"},
  };
  for (const auto& [sql, where, word] : table) {
    const pge::Error error = refused(sql);
    CHECK(error.where.to_string() == where);
    CHECK(error.message.contains(word));
  }
  CHECK(refused("DO $body$ x").hint == "close it with $body$");
}

TEST_CASE("offsets and locations count from the start of the whole file") {
  const pge::Source source{.path = "f.sql", .text = std::string("-- ü\nSELECT 1;\n-- cut\nSELECT 'x")};
  const auto good = pge::split_until(source, 6, [](std::string_view line) { return line == "-- cut"; });
  REQUIRE(good.has_value());
  CHECK(good->statements.front().offset == 6);
  const auto bad = pge::split_until(source, good->end, nullptr);
  REQUIRE_FALSE(bad.has_value());
  CHECK(bad.error().where.to_string() == "f.sql:4:8");
}

TEST_CASE("a marker line ends the text only where it is a comment") {
  const auto ends = [](std::string_view line) { return line == "-- cut"; };
  const auto end_of = [&](const std::string& text) {
    const auto split = pge::split_until({.path = "f.sql", .text = text}, 0, ends);
    REQUIRE(split.has_value());
    return text.substr(split->end);
  };
  CHECK(end_of("SELECT 1;\n-- cut\nx").starts_with("-- cut\nx"));
  CHECK(end_of("SELECT 1\n-- cut").starts_with("-- cut"));
  CHECK(end_of("-- cut").starts_with("-- cut"));
  CHECK(end_of("SELECT 1; -- cut").empty());
  CHECK(end_of("SELECT '\n-- cut\n';").empty());
  CHECK(end_of("SELECT \"\n-- cut\n\";").empty());
  CHECK(end_of("SELECT $x$\n-- cut\n$x$;").empty());
  CHECK(end_of("/* /* */\n-- cut\n*/ SELECT 1;").empty());
  CHECK(end_of("SELECT E'\\\n-- cut\n';").empty());
  CHECK(end_of("COPY t FROM stdin;\n-- cut\n\\.\n").empty());
  CHECK(end_of("SELECT '\n-- cut\n';\n-- cut\nz") == "-- cut\nz");
  CHECK(end_of("COPY t FROM stdin;\n-- cut\n\\.\n-- cut\nz") == "-- cut\nz");
}

TEST_CASE("statements are the same however long the text around them is") {
  const std::string unit =
      "INSERT INTO t VALUES (1, 'a;\n', $$;\n$$, E'\\';\n'\n  '\\'');\n"
      "/* ;\n */ CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1;\nSELECT 2;\nEND;\n"
      "SELECT E'x' -- ;\n'\\'';\n";
  std::string text;
  std::size_t units = 0;
  while (text.size() < (std::size_t{3} << 20U)) {
    text += unit;
    ++units;
  }
  const Texts expected = split(unit);
  REQUIRE(expected.size() == 3);
  const Texts all = split(text);
  REQUIRE(all.size() == 3 * units);
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < all.size(); ++i) wrong += all[i] == expected[i % 3] ? 0U : 1U;
  CHECK(wrong == 0);
}

TEST_CASE("splitting takes time in proportion to the text") {
  const auto seconds = [](const std::string& text, std::size_t expected) {
    const auto start = std::chrono::steady_clock::now();
    const auto statements = pge::split_statements({.path = "f.sql", .text = text});
    REQUIRE(statements.has_value());
    CHECK(statements->size() == expected);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  constexpr double generous = 30.0;  // seconds; a debug build takes about two
  const auto repeated = [](const std::string& unit, std::size_t size) {
    std::string text;
    while (text.size() < size) text += unit;
    return std::pair(text, text.size() / unit.size());
  };
  const auto [inserts, count] = repeated("INSERT INTO votes (id, choice) VALUES (1, 'a');\n", 20'000'000);
  CHECK(seconds(inserts, count) < generous);

  // Shapes for which a scanner that starts anew, or looks back, would take quadratic time.
  constexpr std::size_t size = 3'000'000;
  const auto [one_line, pieces] = repeated("SELECT 1;", size);
  CHECK(seconds(one_line, pieces) < generous);
  const auto [copies, tables] = repeated("COPY t FROM stdin; -- data\n1\n2\n\\.\n", size);
  CHECK(seconds(copies, tables) < generous);
  CHECK(seconds("SELECT '" + std::string(size, 'x') + "';", 1) < generous);
  CHECK(seconds("INSERT INTO t VALUES (0)" + repeated(",\n(1)", size).first + ";", 1) < generous);
  CHECK(seconds(repeated("-- migrate:down\n", size).first, 0) < generous);
}

TEST_CASE("a statement of many chunks is cut exactly, white space and comments between them included") {
  std::string sql = "SELECT 'first';\n  SELECT $$\n";
  while (sql.size() < 5'000'000) sql += "   -- it's a line; of a body\n\n";
  const std::string text = sql + "$$;\nSELECT 'last' -- open";
  CHECK(split(text) == Texts{"SELECT 'first'", sql.substr(18) + "$$", "SELECT 'last' -- open"});
  std::string plain = "SELECT\n";
  while (plain.size() < 5'000'000) plain += "  -- one more\n  /* ; */ 1 +\n\n";
  CHECK(split(plain + "1; SELECT 2") == Texts{plain + "1", "SELECT 2"});
  CHECK(refused(plain + "1 \\gexec").message.contains("meta-commands"));
  CHECK(refused(plain + "'open").where.to_string().starts_with("f.sql:"));
}

TEST_CASE("what takes more memory than there is, is refused: many statements, and long lines") {
  const auto fits = [](const std::string& text, std::size_t memory) {
    return pge::split_until({.path = "f.sql", .text = text}, 0, nullptr, memory).has_value();
  };
  std::string many;
  for (int i = 0; i < 500'000; ++i) many += "SELECT 1;\n";
  CHECK(fits(many, 8 * 500'000));
  CHECK_FALSE(fits(many, 2 * 500'000));
  const std::string line = "SELECT '" + std::string(5'000'000, 'x') + "';\n";
  CHECK(fits(line, 10'500'000));
  CHECK_FALSE(fits(line, 9'500'000));
  const std::string lines = "SELECT '" + std::string(100, '\n') + std::string(900'000, 'x') + "\n';\n";
  CHECK(fits(lines, 100));
}
