#include "migrator/shell_words.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

TEST_CASE("a line is split as a shell would split it") {
  using Words = std::vector<std::string>;
  const struct {
    std::string line;
    Words expected;
  } table[] = {
      {"alembic upgrade head", {"alembic", "upgrade", "head"}},
      {"  a\t b\n", {"a", "b"}},
      {"a 'b c' \"d e\"", {"a", "b c", "d e"}},
      {"a'b'\"c\"d", {"abcd"}},
      {"''", {""}},
      {"a \"\" b", {"a", "", "b"}},
      {R"(a\ b \' \\ c)", {"a b", "'", "\\", "c"}},
      {R"("a \" \\ \n \$x")", {R"(a " \ \n $x)"}},
      {"'a $x | \\ b'", {R"(a $x | \ b)"}},
      {"a\\\nb", {"ab"}},
      {"sh -c 'a && b'", {"sh", "-c", "a && b"}},
      {"a * ~ # b", {"a", "*", "~", "#", "b"}},
  };
  for (const auto& row : table) {
    INFO(row.line);
    const auto words = pge::split_words(row.line);
    REQUIRE(words);
    CHECK(*words == row.expected);
  }
}

TEST_CASE("what only a shell could do is refused") {
  for (const std::string line : {"a && b", "a | b", "a > b", "a; b", "a $X", "a `b`", "a \"$X\"", "a $(b)", "(a)"}) {
    INFO(line);
    const auto words = pge::split_words(line);
    REQUIRE_FALSE(words);
    CHECK(words.error().code == pge::ExitCode::usage);
    CHECK(words.error().hint.contains("sh -c"));
  }
  for (const std::string line : {"", "  ", "a 'b", "a \"b", "a \"b\\"}) {
    INFO(line);
    const auto words = pge::split_words(line);
    REQUIRE_FALSE(words);
    CHECK(words.error().code == pge::ExitCode::usage);
  }
}

TEST_CASE("a command line made of words can be typed, and is read as the same words") {
  struct Row {
    std::vector<std::string> words;
    const char* line;
  };
  for (const auto& [words, line] : {
           Row{{"alembic", "-c", "conf/a.ini", "upgrade", "head"}, "alembic -c conf/a.ini upgrade head"},
           {{"sh", "-c", "a && b"}, "sh -c 'a && b'"},
           {{"./m", "", "it's", "$X", "a\\b"}, R"(./m '' 'it'\''s' '$X' 'a\b')"},
       }) {
    CHECK(pge::command_line_of(words) == line);
    CHECK(pge::split_words(line) == words);
  }
}
