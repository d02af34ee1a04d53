#include "migrator/last_lines.hpp"

#include <catch2/catch_test_macros.hpp>
#include <format>
#include <string>

using pge::LastLines;

TEST_CASE("the last lines are kept in their order, without blank ones") {
  LastLines last;
  CHECK(last.text().empty());
  for (const char* line : {"one", "  \t", "two"}) last.add(line);
  CHECK(last.text() == "one\ntwo");
}

TEST_CASE("no more than eight lines and 1500 bytes are kept") {
  LastLines few;
  for (int i = 1; i <= 30; ++i) few.add(std::format("line {}", i));
  CHECK(few.text().starts_with("line 23\n"));
  CHECK(few.text().ends_with("\nline 30"));
  LastLines long_ones;
  for (int i = 0; i < 30; ++i) long_ones.add(std::string(16'000, 'x'));
  CHECK(long_ones.text().size() < 1600);
  CHECK(long_ones.text().size() > 1000);
}

TEST_CASE("the last error stays when what follows it is long") {
  const auto after = [](const std::string& first) {
    LastLines last;
    last.add("an Error: of no interest any more");
    last.add(first);
    for (int i = 1; i <= 20; ++i) last.add(std::format("    at step {} (tool.js)", i));
    return last.text();
  };
  for (const char* error :
       {"ProgrammingError: (psycopg.errors.UndefinedTable) relation \"x\" does not exist", "psql: ERROR:  syntax error",
        "java.sql.SQLException: no", "panic: pq: no", "fatal: no", "error: relation \"x\" does not exist"}) {
    INFO(error);
    CHECK(after(error).starts_with(std::string(error) + "\n    at step 13"));
  }
  // The twin: a line that names none scrolls out.
  CHECK(after("INFO up to 0002").starts_with("an Error: of no interest any more\n"));
}
