#include "core/redact.hpp"

#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <string>

TEST_CASE("passwords are masked in the shapes in which they appear") {
  struct Row {
    const char* text;
    const char* expected;
  };
  const pge::Redactor redact;
  for (const Row& row : {
           Row{"postgresql://bob:secret@db/app", "postgresql://bob:***@db/app"},
           {"postgresql+asyncpg://bob:s@c/r?e#t@db/app end", "postgresql+asyncpg://bob:***@db/app end"},
           {"two postgres://a:x1@h/d and postgres://b:y2@h/d", "two postgres://a:***@h/d and postgres://b:***@h/d"},
           {"host=db password=secret user=bob", "host=db password=*** user=bob"},
           {"host=db password = 'se cr\\'et' user=bob", "host=db password = *** user=bob"},
           {"postgresql://db/app?user=bob&password=secret&sslmode=disable",
            "postgresql://db/app?user=bob&password=***&sslmode=disable"},
           {"create role bob password 'it''s secret' login", "create role bob password *** login"},
           {"ALTER USER bob WITH PASSWORD 'x'", "ALTER USER bob WITH PASSWORD ***"},
           {"password authentication failed for user \"bob\"", "password authentication failed for user \"bob\""},
           {"alter role a password\n E'x\\'y' valid until 'z'", "alter role a password\n E*** valid until 'z'"},
           {"alter role a password $t$sec'ret$t$ login", "alter role a password *** login"},
           {"alter role a password'x' login", "alter role a password*** login"},
           {"alter role a password/**/'x' login", "alter role a password/**/*** login"},
           {"alter role a password /* /* a */ ' */ 'x' login", "alter role a password /* /* a */ ' */ *** login"},
           {"alter role a password -- it's\n'x' login", "alter role a password -- it's\n*** login"},
           {"alter role a password 'x'\n  'y' login", "alter role a password *** login"},
           {"alter role a password 'x' 'y'", "alter role a password *** 'y'"},
           {"alter role a password U&'x' login", "alter role a password U&*** login"},
           {"select set_config('app.password', 'x', false)", "select set_config('app.password', ***, false)"},
           {"select set_config('app.smtp_password_2' , E'x\\'y', true)",
            "select set_config('app.smtp_password_2' , E***, true)"},
           {"select set_config(/* password */ 'a', 'b', true)", "select set_config(/* password */ 'a', 'b', true)"},
           {"set app.password to 'x'", "set app.password to ***"},
           {"set app.db_password = 'x y'", "set app.db_password = ***"},
           {"set app.password = $$x y$$ ", "set app.password = *** "},
           {"alter role a set \"app.password\" to 'x'", "alter role a set \"app.password\" to ***"},
           {"call login(password => 'x', name => 'y')", "call login(password => ***, name => 'y')"},
           {"insert into s values ('{\"password\": \"x\\\"y\", \"a\": 1}')",
            "insert into s values ('{\"password\": ***, \"a\": 1}')"},
           {"insert into settings values ('smtp.password', 'x')", "insert into settings values ('smtp.password', ***)"},
           {"column \"password\" of relation \"users\" does not exist",
            "column \"password\" of relation \"users\" does not exist"},
           {"create table users (name text, password text, city text default 'x')",
            "create table users (name text, password text, city text default 'x')"},
           {"do $$begin execute 'create role a password ''hunter2'' login'; end$$",
            "do $$begin execute 'create role a password *** login'; end$$"},
           {"execute 'create role a password ''hunter2'''", "execute 'create role a password ***'"},
           {"execute 'execute ''alter role a password ''''it''''''''s'''' login'''",
            "execute 'execute ''alter role a password *** login'''"},
           {"create subscription s connection 'host=h password=''my secret'' user=u' publication p",
            "create subscription s connection 'host=h password=*** user=u' publication p"},
           {"execute 'alter role a set app.password to ''x y'''", "execute 'alter role a set app.password to ***'"},
           {"execute 'select set_config(''app.password'', ''x'', false)'",
            "execute 'select set_config(''app.password'', ***, false)'"},
           {"alter role a password '' login", "alter role a password *** login"},
           {"alter role a password \"hunter2\" login", "alter role a password *** login"},
           {"[parameters: {'user': 'bob', 'password': 'x y'}]", "[parameters: {'user': 'bob', 'password': ***}]"},
           {"{\"msg\": \"{\\\"password\\\": \\\"x\\\"}\"}", "{\"msg\": \"{\\\"password\\\": \\***}\"}"},
           {"connecting, password: x, user: bob", "connecting, password: ***, user: bob"},
           {"tool --password x up", "tool --password *** up"},
           {"host=db password=$ecret user=bob", "host=db password=*** user=bob"},
           {"select 'the password'", "select 'the password'"},
           {"http://db/app", "http://db/app"},
           {"", ""},
       }) {
    INFO(row.text);
    CHECK(redact(row.text) == row.expected);
  }
}

TEST_CASE("a known secret is masked wherever it stands as a word of its own") {
  pge::Redactor redact;
  redact.add("hunter22");
  redact.add("postgres");
  CHECK(redact("could not translate host name \"hunter22\"") == "could not translate host name \"***\"");
  CHECK(redact("a hunter22b and hunter22") == "a hunter22b and ***");
  CHECK(redact("postgresql is up, said postgres") == "postgresql is up, said ***");
}

TEST_CASE("a short secret does not shred the log") {
  pge::Redactor redact;
  redact.add("a");
  redact.add("");
  CHECK(redact("a database answered") == "a database answered");
}

TEST_CASE("of SQL nothing is shown behind the first quote behind such a word") {
  const pge::Redactor redact;
  CHECK(redact.statement("execute format('create role %I password %L', 'r', 'x')") ==
        "execute format('create role %I password %L***");
  CHECK(redact.statement("execute 'alter role r password ' || quote_literal('x')") ==
        "execute 'alter role r password ***");
  CHECK(redact.statement("create user mapping for u server s options (user 'b', \"password\" 'x')") ==
        "create user mapping for u server s options (user 'b', \"password***");
  CHECK(redact.statement("alter role r password 'x' valid until 'z'") == "alter role r password ***");
  CHECK(redact.statement("create table users (password text, name text)") ==
        "create table users (password text, name text)");
  CHECK(redact.statement("select 'a'") == "select 'a'");
}

TEST_CASE("no message and no hint of ours is masked") {
  const pge::Redactor redact;
  for (const char* page : {"errors.md", "refusals.md", "log.md"}) {
    std::ifstream file(std::string(PGE_TEST_DATA "/../../docs/") + page);
    int rows = 0;
    for (std::string line; std::getline(file, line);) {
      if (!line.starts_with("| ")) continue;
      ++rows;
      std::erase(line, '\\');  // Markdown's escapes
      CHECK(redact(line) == line);
    }
    CHECK(rows > 50);
  }
}
