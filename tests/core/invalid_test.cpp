#include "core/invalid.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <string_view>

TEST_CASE("text that is not UTF-8 is refused where it goes wrong") {
  for (const std::string_view good : {"", "ascii", "ü", "€", "😀", "\xED\x9F\xBF", "\xF4\x8F\xBF\xBF"}) {
    CHECK(pge::check_utf8({.path = "f", .text = std::string(good)}).has_value());
    CHECK(pge::is_utf8(good));
  }
  for (const std::string_view bad : {"\x80", "\xC0\x80", "\xC1\xBF", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80", "\xE2\x82",
                                     "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"}) {
    const auto checked = pge::check_utf8({.path = "f", .text = "ok\nü" + std::string(bad)});
    CHECK_FALSE(pge::is_utf8(bad));
    REQUIRE_FALSE(checked.has_value());
    CHECK(checked.error().where.to_string() == "f:2:2");
  }
  const auto nul = pge::check_utf8({.path = "f", .text = std::string("a\n\0", 3)});
  REQUIRE_FALSE(nul.has_value());
  CHECK(nul.error().where.to_string() == "f:2:1");
  CHECK(nul.error().message.contains("NUL"));
}
