#include "core/utf8.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

TEST_CASE("a text is cut at the start of a character") {
  struct Case {
    std::string_view text;
    std::size_t longest;
    std::string_view prefix;
  };
  for (const auto& [text, longest, prefix] : {Case{"abc", 2, "ab"},
                                              {"abc", 3, "abc"},
                                              {"abc", 9, "abc"},
                                              {"äö", 4, "äö"},
                                              {"äö", 3, "ä"},
                                              {"äö", 1, ""},
                                              {"a😀", 4, "a"},
                                              {"a😀b", 5, "a😀"},
                                              {"", 0, ""},
                                              {"ä", 0, ""}}) {
    CHECK(pge::utf8_prefix(text, longest) == prefix);
  }
}

TEST_CASE("what is not UTF-8 is cut all the same, so that a text in pieces comes to its end") {
  const std::string tails(10, '\x80');
  CHECK(pge::utf8_prefix(tails, 6).size() == 6);
}

TEST_CASE("the first byte that is not UTF-8 is found") {
  CHECK(pge::find_invalid_utf8("aü€😀") == std::string_view::npos);
  CHECK(pge::find_invalid_utf8(std::string_view("a\0b", 3)) == std::string_view::npos);
  CHECK(pge::find_invalid_utf8("ü\xFFü\xFF") == 2);
  CHECK(pge::find_invalid_utf8("a\xE2\x82") == 1);
}
