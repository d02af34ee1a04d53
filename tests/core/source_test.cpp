#include "core/source.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

TEST_CASE("a place is told in lines and characters") {
  const std::string text = "ab\nüöä x\n\nlast";
  const pge::Source source{.path = "f", .text = text};
  CHECK(source.at(0).to_string() == "f:1:1");
  CHECK(source.at(2).to_string() == "f:1:3");
  CHECK(source.at(3).to_string() == "f:2:1");
  CHECK(source.at(text.find('x')).to_string() == "f:2:5");
  CHECK(source.at(text.find("last")).to_string() == "f:4:1");
  CHECK(source.at(text.size()).to_string() == "f:4:5");
  CHECK(source.at(text.size() + 99).to_string() == "f:4:5");
  CHECK(pge::Source{.path = "f", .text = {}}.at(0).to_string() == "f:1:1");
}

TEST_CASE("copies of a source have one text, which stays where it is") {
  pge::Source copy;
  const char* where = nullptr;
  {
    const pge::Source source{.path = "f", .text = std::string("short")};
    where = source.text.view().data();
    copy = source;
  }
  CHECK(copy.text == "short");
  CHECK(copy.text.view().data() == where);
}
