#include "migrations/migration_set.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <utility>
#include <vector>

#include "migrations/parse.hpp"

using pge::AppliedMigration;
using pge::HistoryKind;
using pge::HistoryState;

namespace {

constexpr const char* broken = "SELECT 'never closed;";

pge::MigrationFile file(int version, const std::string& text) {
  const std::string number = std::to_string(version);
  return {.key = {.version = number}, .name = "x", .source = {.path = number + "_x.sql", .text = text}};
}

AppliedMigration row(int version, const std::string& text, HistoryState state = HistoryState::applied) {
  return {.key = {.version = std::to_string(version)},
          .name = "x",
          .state = state,
          .note = {},
          .checksums = {pge::checksum_of(text)},
          .down_text = {},
          .applied_order = version,
          .applied_at = {},
          .applied_by = {}};
}

AppliedMigration baseline(int version) {
  AppliedMigration row = ::row(version, "");
  row.key.kind = HistoryKind::baseline;
  row.checksums.clear();
  return row;
}

std::vector<bool> parsed(const pge::MigrationSet& set) {
  std::vector<bool> all;
  for (const pge::Migration& migration : set.all()) all.push_back(migration.is_parsed);
  return all;
}

}  // namespace

TEST_CASE("what the history knows is not parsed, what it does not know is") {
  pge::MigrationSet set({file(1, "SELECT 1;"), file(2, "SELECT 2;"), file(10, "SELECT 10;")});
  CHECK(parsed(set) == std::vector{false, false, false});
  const std::vector history{row(10, "SELECT 10;"), row(1, "SELECT 1;")};  // in whatever order
  REQUIRE(set.understand(history).has_value());
  CHECK(parsed(set) == std::vector{false, true, false});
  CHECK(set.all()[0].checksum.text() == pge::checksum_of("SELECT 1;"));
  CHECK(set.all()[1].up.statements.size() == 1);
  CHECK(set.all()[2].path() == "10_x.sql");
}

TEST_CASE("what is wrong in a file matters only where the file does") {
  const std::vector known{row(1, broken)};
  pge::MigrationSet applied({file(1, broken), file(2, "SELECT 2;")});
  CHECK(applied.understand(known).has_value());
  pge::MigrationSet below({file(1, broken), file(2, "SELECT 2;")});
  CHECK(below.understand(std::vector{baseline(1)}).has_value());
  CHECK(parsed(below) == std::vector{false, true});

  pge::MigrationSet pending({file(1, broken), file(2, broken)});
  const auto refused = pending.understand(known);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == pge::ExitCode::invalid_migrations);
  CHECK(refused.error().where.file == "2_x.sql");
  pge::MigrationSet unfinished({file(1, broken)});
  CHECK_FALSE(unfinished.understand(std::vector{row(1, broken, HistoryState::running)}).has_value());
  pge::MigrationSet all({file(1, "SELECT 1;"), file(2, broken)});
  CHECK_FALSE(all.parse_all().has_value());
}

TEST_CASE("a file that has changed, or was not finished, is parsed") {
  pge::MigrationSet set({file(1, "SELECT 'new';"), file(2, "SELECT 2;")});
  REQUIRE(set.understand(std::vector{row(1, "SELECT 'old';"), row(2, "SELECT 2;", HistoryState::running)}).has_value());
  CHECK(parsed(set) == std::vector{true, true});
  CHECK(set.all()[0].checksum.text() == pge::checksum_of("SELECT 'new';"));
}

TEST_CASE("a file is parsed when its row goes, or becomes another one") {
  pge::MigrationSet set({file(1, "SELECT 1;"), file(2, "SELECT 2;"), file(3, "SELECT 3;")});
  REQUIRE(set.understand(std::vector{row(1, "SELECT 1;"), row(2, "SELECT 2;"), row(3, "SELECT 3;")}).has_value());
  REQUIRE(set.understand(std::vector{row(1, "SELECT 1;"), row(3, "SELECT 4;")}).has_value());
  CHECK(parsed(set) == std::vector{false, true, true});
}

TEST_CASE("bytes that are no text are refused when the file is parsed") {
  pge::MigrationSet set({file(1, "SELECT '\xFC';")});
  CHECK_FALSE(set.understand({}).has_value());
}

TEST_CASE("a large text has the checksum of its up part, which may hold a line that looks like its end") {
  const std::string large(2'000'000, 'x');
  const std::string plain = "SELECT '" + large + "';\n";
  const std::string quoted = "SELECT '" + large + "\n-- migrate:down\n';\n";
  for (const std::string& up : {plain, quoted}) {
    pge::MigrationSet set({file(1, up + "-- migrate:down\nSELECT 2;\n")});
    REQUIRE(set.parse_all().has_value());
    CHECK(set.all().front().up.text == up);
    const pge::Checksum checksum = set.all().front().checksum;
    CHECK(checksum.is_late());
    CHECK(checksum.text() == pge::checksum_of(up));
  }
}

TEST_CASE("a late checksum is the same whether it was begun or not, and its copies share it") {
  const pge::FileText text(std::string(3'000'000, 'x') + " \n\n-- migrate:down\n");
  const std::size_t size = 3'000'003;
  const pge::Checksum begun(text, size);
  const pge::Checksum copy = begun;
  begun.start();
  copy.start();
  CHECK(copy.text() == pge::checksum_of(std::string(3'000'000, 'x')));
  CHECK(&copy.text() == &begun.text());
  CHECK(pge::Checksum(text, size).text() == begun.text());
  CHECK(begun.is_late());
  const pge::Checksum given_up(text, size);
  given_up.start();
}

TEST_CASE("the checksum of a small text is known at once") {
  pge::MigrationSet set({file(1, "SELECT 1;")});
  REQUIRE(set.parse_all().has_value());
  CHECK_FALSE(set.all().front().checksum.is_late());
}
