#include "migrations/key.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

using pge::HistoryKind;
using pge::Key;

TEST_CASE("a file's name says its version, without leading zeros, and its name") {
  const struct {
    std::string file_name;
    std::string version;
    std::string name;
  } table[] = {
      {"1_x.sql", "1", "x"},
      {"0_a.sql", "0", "a"},
      {"000_a.sql", "0", "a"},
      {"007_create_votes.sql", "7", "create_votes"},
      {"20260131120000_c.d.sql", "20260131120000", "c.d"},
      {"99999999999999999999999_ü.sql", "99999999999999999999999", "ü"},
      {"1__x.sql", "1", "_x"},
  };
  for (const auto& [file_name, version, name] : table) {
    INFO(file_name);
    const auto file = pge::parse_file_name("migrations/" + file_name, file_name);
    REQUIRE(file.has_value());
    CHECK(file->key == Key{.kind = HistoryKind::versioned, .version = version});
    CHECK(file->name == name);
    const std::string made = pge::make_file_name(*file);
    CHECK(made == version + "_" + name + ".sql");
    const auto again = pge::parse_file_name(made, made);
    REQUIRE(again.has_value());
    CHECK(again->key == file->key);
    CHECK(again->name == file->name);
  }
}

TEST_CASE("other names are refused with the name to use") {
  const struct {
    std::string file_name;
    std::string says;
  } table[] = {
      {"1.sql", "<version>_<name>.sql"},
      {"1_.sql", "<version>_<name>.sql"},
      {"_x.sql", "<version>_<name>.sql"},
      {"1-x.sql", "rename it to 1_x.sql"},
      {"007 x y.sql", "rename it to 007_x y.sql"},
      {"1x.sql", "rename it to 1_x.sql"},
      {"1.x.sql", "rename it to 1_x.sql"},
      {"1.2_x.sql", "<version>_<name>.sql"},
      {"2024-01-31-x.sql", "rename it to 20240131_x.sql"},
      {"x1_y.sql", "<version>_<name>.sql"},
      {"1_x.SQL", "rename it to 1_x.sql"},
      {".sql", "<version>_<name>.sql"},
      {"1_\xFC.sql", "<version>_<name>.sql"},
      {"V1.2__x.sql", "<version>_<name>.sql"},
      {"V12__init.sql", "rename it to 12_init.sql"},
      {"U3__init.sql", "rename it to 3_init.sql"},
      {"R__views.sql", "put its content into a versioned file"},
      {"1_init.up.sql", "1_init.sql"},
      {"1_init.down.sql", "1_init.sql"},
  };
  for (const auto& [file_name, says] : table) {
    INFO(file_name);
    const auto file = pge::parse_file_name("migrations/" + file_name, file_name);
    REQUIRE_FALSE(file.has_value());
    CHECK(file.error().code == pge::ExitCode::invalid_migrations);
    CHECK(file.error().where.file == "migrations/" + file_name);
    CHECK(file.error().hint.contains(says));
  }
}

TEST_CASE("a version as typed is a number, or none") {
  CHECK(pge::canonical_version("007") == "7");
  CHECK(pge::canonical_version("0") == "0");
  CHECK_FALSE(pge::canonical_version("").has_value());
  CHECK_FALSE(pge::canonical_version("7a").has_value());
}

TEST_CASE("versions compare as numbers of any length, names by their bytes, and kinds apart") {
  CHECK(Key{.version = "2"} < Key{.version = "10"});
  CHECK(Key{.version = "10"} > Key{.version = "2"});
  CHECK((Key{.version = "7"} <=> Key{.version = "7"}) == 0);
  CHECK(Key{.version = "99999999999999999999"} < Key{.version = "100000000000000000000"});
  const auto repeatable = [](const char* name) { return Key{.kind = HistoryKind::repeatable, .version = name}; };
  CHECK(repeatable("later") < repeatable("z"));
  CHECK(repeatable("7") != Key{.version = "7"});
  CHECK(Key{.version = "8"} < repeatable("7"));
}

TEST_CASE("a label is version and name, or the version where there is no name") {
  CHECK(pge::label({.version = "7"}, "create_votes") == "7_create_votes");
  CHECK(pge::label({.kind = HistoryKind::repeatable, .version = "abc"}, "") == "abc");
}
