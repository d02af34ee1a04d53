#include "config/placeholder_text.hpp"

#include <catch2/catch_test_macros.hpp>

#include "config/given_environment.hpp"

using pge::ExitCode;

namespace {

/// The filled text, a file as "<path>"; or the message of the error.
std::string filled(const std::string& text, const std::map<std::string, std::string>& environment = {},
                   bool has_plain_dollar = false) {
  const auto pieces = pge::fill_placeholders(text, {.name = "--database: host", .has_plain_dollar = has_plain_dollar},
                                             environment_of(environment));
  if (!pieces) {
    CHECK(pieces.error().code == ExitCode::configuration);
    CHECK_FALSE(pieces.error().hint.empty());
    return pieces.error().message;
  }
  std::string all;
  for (const pge::ValuePiece& piece : *pieces) all += piece.file.empty() ? piece.text : "<" + piece.file + ">";
  return all;
}

}  // namespace

TEST_CASE("a placeholder becomes what the variable says, a default where it says nothing") {
  CHECK(filled("plain") == "plain");
  CHECK(filled("${A}", {{"A", "db"}}) == "db");
  CHECK(filled("x${A}y${B}z", {{"A", "1"}, {"B", "2"}}) == "x1y2z");
  CHECK(filled("${A}").empty());
  CHECK(filled("${A:-db}") == "db");
  CHECK(filled("${A:-db}", {{"A", ""}}) == "db");
  CHECK(filled("${A:-db}", {{"A", "x"}}) == "x");
  CHECK(filled("${A:-}").empty());
  CHECK(filled("${A:-${B:-c}}") == "c");
  CHECK(filled("${A:-${B:-c}}", {{"B", "b"}}) == "b");
  CHECK(filled("${A:?not there}", {{"A", "x"}}) == "x");
}

TEST_CASE("a value is not looked at again") {
  for (const std::string value : {"${B}", "$B", "$(B)", "$$", "}", "${", "'", "\\", "a b=c"}) {
    CHECK(filled("${A}", {{"A", value}, {"B", "wrong"}}) == value);
    CHECK(filled("<${A:-d}>", {{"A", value}, {"B", "wrong"}}) == "<" + value + ">");
  }
}

TEST_CASE("a file stands in for a variable that is not set, and both are a contradiction") {
  CHECK(filled("${A}", {{"A_FILE", "/a"}}) == "</a>");
  CHECK(filled("${A:-d}", {{"A", ""}, {"A_FILE", "/a"}}) == "</a>");
  CHECK(filled("${A:-d}", {{"A_FILE", ""}}) == "d");
  CHECK(filled("${A}", {{"A", "x"}, {"A_FILE", "/a"}}) == "A and A_FILE are both set");
}

TEST_CASE("what must be set is told with the message") {
  CHECK(filled("${A:?name the server}") == "--database: host needs A, which is not set: name the server");
  CHECK(filled("${A:?}", {{"A", ""}}) == "--database: host needs A, which is not set: it must be set");
}

TEST_CASE("a dollar that begins no placeholder is refused, and nothing of the text is shown") {
  for (const std::string text : {"${", "${}", "${A", "${A-b}", "${A:+b}", "${A:=b}", "${1}", "${A B}", "${A!}",
                                 "${A:-${}}", "$HUSH", "$$HUSH", "$(HUSH)", "hush$hush"}) {
    INFO(text);
    const std::string message = filled(text, {{"A", ""}});
    CHECK(message.starts_with("--database: host has a "));
    CHECK_FALSE(message.contains("HUSH"));
  }
  CHECK(filled("a$") == "a$");
  CHECK(filled("$1") == "$1");
  CHECK(filled("-c search_path=\"$user\",${A}", {{"A", "x"}}, true) == "-c search_path=\"$user\",x");
}

TEST_CASE("the names in a text are those of all its placeholders") {
  CHECK(pge::placeholder_names("a${A}b${B:-${C:-x}}$D${E:?m}") == std::vector<std::string>{"A", "B", "C", "E"});
  CHECK(pge::is_one_placeholder("${A}"));
  CHECK(pge::is_one_placeholder("${A:-${B}}"));
  CHECK_FALSE(pge::is_one_placeholder("${A}${B}"));
  CHECK_FALSE(pge::is_one_placeholder("a${A}"));
  CHECK_FALSE(pge::is_one_placeholder("${A"));
}
