#include "migrate/text.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <string_view>

#include "migrate/checksum.hpp"
#include "migrate/migration_file.hpp"

TEST_CASE("a place is told in lines and characters") {
  const std::string_view text = "ab\nüöä x\n\nlast";
  CHECK(pge::locate("f", text, 0).to_string() == "f:1:1");
  CHECK(pge::locate("f", text, 2).to_string() == "f:1:3");
  CHECK(pge::locate("f", text, 3).to_string() == "f:2:1");
  CHECK(pge::locate("f", text, text.find('x')).to_string() == "f:2:5");
  CHECK(pge::locate("f", text, text.find("last")).to_string() == "f:4:1");
  CHECK(pge::locate("f", text, text.size()).to_string() == "f:4:5");
  CHECK(pge::locate("f", text, text.size() + 99).to_string() == "f:4:5");
  CHECK(pge::locate("f", "", 0).to_string() == "f:1:1");
}

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

TEST_CASE("text that is not UTF-8 is refused where it goes wrong") {
  for (const std::string_view good : {"", "ascii", "ü", "€", "😀", "\xED\x9F\xBF", "\xF4\x8F\xBF\xBF"}) {
    CHECK(pge::check_utf8("f", good).has_value());
  }
  for (const std::string_view bad : {"\x80", "\xC0\x80", "\xC1\xBF", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80", "\xE2\x82",
                                     "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"}) {
    const auto checked = pge::check_utf8("f", "ok\nü" + std::string(bad));
    REQUIRE_FALSE(checked.has_value());
    CHECK(checked.error().where.to_string() == "f:2:2");
  }
  const auto nul = pge::check_utf8("f", std::string_view("a\n\0", 3));
  REQUIRE_FALSE(nul.has_value());
  CHECK(nul.error().where.to_string() == "f:2:1");
  CHECK(nul.error().message.contains("NUL"));
}

TEST_CASE("the checksum is SHA-256 in lower-case hex") {
  CHECK(pge::sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(pge::sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
