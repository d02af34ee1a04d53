// A whole file: header, both parts, statement rules. What is understood once is understood the same way again, and is
// recognised by its checksum.
#include <array>
#include <string>

#include "core/invalid.hpp"
#include "core/text.hpp"
#include "fuzz.hpp"
#include "migrations/checksum.hpp"
#include "migrations/parse.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(pge::fuzz::text_of(data, size));
  if (!pge::is_utf8(text)) return 0;
  pge::normalise_line_ends(text);
  const auto parse = [&] {
    return pge::parse_migration({.key = {.version = "1"}, .name = "x", .source = {.path = "1_x.sql", .text = text}});
  };
  const auto once = parse();
  const auto twice = parse();
  pge::fuzz::require(once.has_value() == twice.has_value());
  if (!once) {
    pge::fuzz::require(!once.error().message.empty() && once.error().where.file == "1_x.sql");
    return 0;
  }
  pge::fuzz::require(once->checksum.text().size() == 64 && once->checksum.text() == twice->checksum.text());
  // A file of comments only is a migration that runs nothing.
  pge::fuzz::require(once->up.statements.size() == twice->up.statements.size());
  const std::array accepted{once->checksum.text()};
  pge::fuzz::require(pge::ChecksumFinder().find(text, accepted) == once->checksum.text());
  return 0;
}
