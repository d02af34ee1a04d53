#include "history/kept_text.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <string_view>

TEST_CASE("a text that the server's encoding can hold is kept as it is") {
  for (const std::string_view encoding : {"UTF8", "SQL_ASCII", ""}) {
    CHECK(pge::keep_text("drop table größe; -- →", encoding) == "drop table größe; -- →");
  }
  CHECK(pge::keep_text("drop table t;", "LATIN1") == "drop table t;");
  CHECK(pge::keep_text("", "EUC_JP").empty());
}

TEST_CASE("any other text is kept in ASCII, and comes back byte by byte") {
  for (const std::string_view text : {"drop table t; -- →", "größe", "漢\n'\"", "\xF0\x9F\x90\x98"}) {
    const std::string kept = pge::keep_text(text, "LATIN1");
    CHECK(kept.starts_with("-- "));
    CHECK(kept.find_first_not_of("abcdefghijklmnopqrstuvwxyzUTF0123456789-:, ") == std::string::npos);
    CHECK(pge::kept_text(kept) == text);
  }
}

TEST_CASE("a text that was never in hex is itself") {
  for (const std::string_view text : {"", "drop table t;", "-- a comment", "größe",
                                      "-- pg-entrypoint: UTF-8 in hex, for a server with another encoding: 0x"}) {
    CHECK(pge::kept_text(text) == text);
  }
}
