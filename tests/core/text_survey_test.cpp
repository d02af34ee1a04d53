#include "core/text_survey.hpp"

#include <fcntl.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/descriptor.hpp"
#include "core/file_text.hpp"
#include "temporary_directory.hpp"

namespace {

using Landmark = pge::TextSurvey::Landmark;

/// Around which most mistakes would be made: the ends of vectors, blocks and texts.
constexpr std::size_t block = std::size_t{64} << 10U;
constexpr std::size_t size = 2 * block + 21;

std::vector<std::size_t> places() {
  std::vector<std::size_t> all;
  for (const std::size_t border : {std::size_t{20}, block, 2 * block, size}) {
    for (std::size_t at = border - 20; at < std::min(border + 20, size); ++at) all.push_back(at);
  }
  return all;
}

pge::TextSurvey surveyed(const std::string& text) {
  pge::TextSurvey survey(text);
  REQUIRE(survey.go_on(text.size()));
  return survey;
}

}  // namespace

TEST_CASE("what is rare in a text is found wherever it is") {
  for (const std::size_t at : places()) {
    for (const std::string_view rare : {"--", "\n--", "\\.", "\n\\.", "x-", "\n-"}) {
      std::string text(size, 'x');
      text.replace(at, rare.size(), rare);
      text.resize(size);
      const pge::TextSurvey survey = surveyed(text);
      CAPTURE(at, rare);
      for (const auto landmark : {Landmark::dashes, Landmark::line_of_dashes, Landmark::end_of_copy}) {
        for (const std::size_t from : {std::size_t{0}, at, at + 1, at + 2, size, size + 1}) {
          CHECK(survey.find(landmark, from) == text.find(pge::TextSurvey::text_of(landmark), from));
        }
      }
      CHECK(survey.is_plain());
    }
  }
}

TEST_CASE("half of what is looked for is nothing") {
  std::string text;
  while (text.size() < size) text += "x-\\-.\\x.-\n";
  const pge::TextSurvey survey = surveyed(text);
  CHECK(survey.find(Landmark::dashes, 0) == std::string::npos);
  CHECK(survey.find(Landmark::end_of_copy, 0) == std::string::npos);
  const std::string last = std::string(31, 'x') + "-";
  CHECK(surveyed(last).find(Landmark::dashes, 0) == std::string::npos);
}

TEST_CASE("a single byte that is not plain is seen wherever it is") {
  for (const std::size_t at : places()) {
    for (const char odd : {'\0', '\x80', '\xFF'}) {
      std::string text(size, 'x');
      text[at] = odd;
      CAPTURE(at, static_cast<int>(odd));
      CHECK_FALSE(surveyed(text).is_plain());
    }
    std::string text(size, 'x');
    text[at] = '\r';
    pge::TextSurvey survey(text);
    CHECK_FALSE(survey.go_on(size));
  }
}

TEST_CASE("a text is surveyed piece by piece") {
  std::string text(size, 'x');
  text[block + 7] = '\r';
  pge::TextSurvey survey(text);
  CHECK(survey.go_on(1));
  CHECK(survey.go_on(block));
  CHECK_FALSE(survey.go_on(block + 1));
  const std::string empty;
  CHECK(surveyed(empty).find(Landmark::dashes, 0) == std::string::npos);
}

TEST_CASE("a large file is the text that a small one would be") {
  const pge::test::TemporaryDirectory directory;
  const std::string line = "a line of text -- with a remark\n";
  std::string text;
  while (text.size() < (std::size_t{5} << 20U)) text += line;
  const std::string windows = text.substr(0, text.size() - 1) + "\r\n";
  const pge::Descriptor opened(open(directory.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (const std::string& content : {text, "\xEF\xBB\xBF" + text, windows, text + "größer", text + '\0'}) {
    directory.write("1_large.sql", content);
    const auto read = pge::FileText::read(opened.get(), "1_large.sql");
    REQUIRE(read.has_value());
    const bool same = content.ends_with(line) || content == windows;
    CHECK((read->view() == (same ? text : content)));
    CHECK(read->is_plain() == content.ends_with(line));
    CHECK(read->find(Landmark::dashes, 100) == text.find("--", 100));
    CHECK(read->find(Landmark::end_of_copy, 0) == std::string::npos);
  }
}
