#include "core/text.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <string_view>

TEST_CASE("PostgreSQL's positions count characters from one") {
  const std::string_view sql = "SELECT 'ü€😀', x";
  CHECK(pge::byte_offset(sql, 1) == 0);
  CHECK(pge::byte_offset(sql, 9) == 8);
  CHECK(sql.substr(pge::byte_offset(sql, 15)) == "x");
  CHECK(pge::byte_offset(sql, 0) == 0);
  CHECK(pge::byte_offset(sql, 999) == sql.size());
}

TEST_CASE("line ends of every system become one, and the byte order mark goes") {
  const auto normalised = [](std::string text) {
    pge::normalise_line_ends(text);
    return text;
  };
  CHECK(normalised("a\r\nb\rc\n") == "a\nb\nc\n");
  CHECK(normalised("\r\r\n\n\r") == "\n\n\n\n");
  CHECK(normalised("\xEF\xBB\xBFx") == "x");
  CHECK(normalised("x\xEF\xBB\xBF") == "x\xEF\xBB\xBF");
  CHECK(normalised("").empty());
}
