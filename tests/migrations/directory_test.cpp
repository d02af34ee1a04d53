#include "migrations/directory.hpp"
#include "migrations/checksum.hpp"
#include "migrations/migration_set.hpp"

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "temporary_directory.hpp"

namespace fs = std::filesystem;
using pge::test::TemporaryDirectory;

namespace {

std::string scenario(const std::string& name) {
  return std::string(PGE_TEST_DATA) + "/migrations/" + name;
}

pge::Result<std::vector<pge::MigrationFile>> read(const std::string& directory, bool allow_empty = false) {
  return pge::read_migration_directory(directory, allow_empty).transform([](auto found) {
    return std::move(found.files);
  });
}

pge::Error refused(const std::string& directory, bool allow_empty = false) {
  INFO(directory);
  const auto files = read(directory, allow_empty);
  REQUIRE_FALSE(files.has_value());
  return files.error();
}

pge::MigrationSet load(const std::string& directory) {
  INFO(directory);
  pge::MigrationSet set(directory);
  if (const auto parsed = set.parse_all(); !parsed) FAIL(parsed.error().message);
  return set;
}

}  // namespace

TEST_CASE("files come in numeric order of their versions, and only files of that directory") {
  const auto files = read(scenario("plain"));
  REQUIRE(files.has_value());
  REQUIRE(files->size() == 3);
  CHECK(files->at(0).key.version == "1");
  CHECK(files->at(0).name == "create_votes");
  CHECK(files->at(1).key.version == "2");
  CHECK(files->at(1).source.path == scenario("plain") + "/002_index_votes.sql");
  CHECK(files->at(2).key.version == "10");
}

TEST_CASE("a directory that cannot be read is said with the system's reason") {
  const pge::Error missing = refused("/nowhere/migrations");
  CHECK(missing.code == pge::ExitCode::no_input);
  CHECK(missing.message.contains("No such file or directory"));
  const pge::Error file = refused(scenario("plain/README.md"));
  CHECK(file.code == pge::ExitCode::no_input);
  CHECK(file.message.contains("Not a directory"));
  CHECK(refused("/nowhere/migrations", true).code == pge::ExitCode::no_input);
}

TEST_CASE("a directory without migrations is refused unless that is allowed") {
  const pge::Error error = refused(scenario("no_migrations"));
  CHECK(error.code == pge::ExitCode::no_input);
  CHECK(error.hint.contains("--allow-empty"));
  CHECK(error.hint.contains("--dir"));
  const auto files = read(scenario("no_migrations"), true);
  REQUIRE(files.has_value());
  CHECK(files->empty());
}

TEST_CASE("names that would be forgotten silently are refused with the name to use") {
  const struct {
    std::string directory;
    std::string says;
  } table[] = {
      {"duplicate", "7_left.sql"},
      {"duplicate", "007_right.sql"},
      {"repeatable", "not supported by this version"},
      {"golang_names", "1_init.sql"},
      {"golang_names", "-- migrate:down"},
      {"flyway_names", "rename it to 12_init.sql"},
      {"no_version", "<version>_<name>.sql"},
  };
  for (const auto& [directory, says] : table) {
    const pge::Error error = refused(scenario(directory));
    CHECK(error.code == pge::ExitCode::invalid_migrations);
    CHECK((error.message + error.hint).contains(says));
  }
}

TEST_CASE("a hidden file is passed over") {
  const TemporaryDirectory scratch;
  scratch.write("1_x.sql", "");
  scratch.write(".5_hidden.sql", "");
  const auto files = read(scratch.path());
  REQUIRE(files.has_value());
  CHECK(files->size() == 1);
}

TEST_CASE("text is read as UTF-8 with one kind of line end") {
  const TemporaryDirectory scratch;
  scratch.write("1_x.sql", "\xEF\xBB\xBFSELECT 1;\r\nSELECT 'ü';\rSELECT 3;\n");
  CHECK(load(scratch.path()).all().front().up.source.text == "SELECT 1;\nSELECT 'ü';\nSELECT 3;\n");

  const auto refused_at = [&] {
    pge::MigrationSet set(scratch.path());
    const auto parsed = set.parse_all();
    REQUIRE_FALSE(parsed.has_value());
    return parsed.error().where.to_string();
  };
  scratch.write("2_latin.sql", "SELECT 1;\r\nSELECT '\xFC';");
  CHECK(refused_at() == scratch.path("2_latin.sql") + ":2:9");
  scratch.write("2_latin.sql", std::string("SELECT 1;\n\0", 11));
  CHECK(refused_at() == scratch.path("2_latin.sql") + ":2:1");
}

TEST_CASE("links inside the directory are followed, as a mounted ConfigMap has them") {
  const TemporaryDirectory scratch;
  scratch.write("..2026_01_31/1_x.sql", "SELECT 1;");
  fs::create_directory_symlink("..2026_01_31", scratch.path("..data"));
  fs::create_symlink("..data/1_x.sql", scratch.path("1_x.sql"));
  const auto files = read(scratch.path());
  REQUIRE(files.has_value());
  REQUIRE(files->size() == 1);
  CHECK(load(scratch.path()).all().front().up.source.text == "SELECT 1;");
}

TEST_CASE("a link to the directory itself is followed") {
  const TemporaryDirectory scratch;
  scratch.write("real/1_x.sql", "SELECT 1;");
  fs::create_directory_symlink("real", scratch.path("link"));
  CHECK(read(scratch.path("link")).has_value());
}

TEST_CASE("a link that leaves the directory, or leads nowhere, is refused") {
  const TemporaryDirectory scratch;
  scratch.write("elsewhere/1_x.sql", "SELECT 1;");
  fs::create_directory(scratch.path("here"));
  fs::create_symlink("../elsewhere/1_x.sql", scratch.path("here/1_x.sql"));
  const pge::Error outside = refused(scratch.path("here"));
  CHECK(outside.code == pge::ExitCode::invalid_migrations);
  CHECK(outside.message.contains("outside"));
  fs::remove(scratch.path("here/1_x.sql"));
  fs::create_symlink("gone.sql", scratch.path("here/1_x.sql"));
  CHECK(refused(scratch.path("here")).code == pge::ExitCode::invalid_migrations);
}

TEST_CASE("a file that cannot be read is named") {
  const TemporaryDirectory scratch;
  scratch.write("1_x.sql", "SELECT 1;");
  scratch.write("2_y.sql", "SELECT 2;");
  auto found = pge::read_migration_directory(scratch.path(), false);
  REQUIRE(found.has_value());
  fs::remove(scratch.path("2_y.sql"));
  const auto read = pge::read_texts(*std::move(found));
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error().code == pge::ExitCode::invalid_migrations);
  CHECK(read.error().message.contains("2_y.sql: No such file"));
}

TEST_CASE("a directory with thousands of files is read whole, and the first file that cannot be is named") {
  const TemporaryDirectory scratch;
  constexpr int count = 2345;
  const auto name = [](int version) { return std::to_string(version) + "_x.sql"; };
  for (int version = 1; version <= count; ++version) scratch.write(name(version), "SELECT " + std::to_string(version));
  pge::MigrationSet set(scratch.path());
  REQUIRE(set.finish_reading().has_value());
  REQUIRE(set.all().size() == count);
  for (int version = 1; const pge::Migration& migration : set.all()) {
    REQUIRE(migration.up.source.text == "SELECT " + std::to_string(version++));
    REQUIRE(migration.checksum.text() == pge::checksum_of(migration.up.source.text));
  }
  for (const int gone : {2300, 1200, 1100}) {
    auto found = pge::read_migration_directory(scratch.path(), false);
    REQUIRE(found.has_value());
    fs::rename(scratch.path(name(gone)), scratch.path(name(gone) + ".away"));
    fs::rename(scratch.path(name(count)), scratch.path("away"));
    const auto read = pge::read_texts(*std::move(found));
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().message.contains("/" + name(gone) + ": No such file"));
    fs::rename(scratch.path("away"), scratch.path(name(count)));
    fs::rename(scratch.path(name(gone) + ".away"), scratch.path(name(gone)));
  }
}

TEST_CASE("what keeps a set from its files is said in the same way whenever it is asked for") {
  const TemporaryDirectory scratch;
  scratch.write("1_x.sql", "SELECT 1;");
  scratch.write("001_y.sql", "SELECT 2;");
  pge::MigrationSet set(scratch.path());
  for (const auto& done : {set.finish_reading(), set.finish_reading(), set.understand({}), set.parse_all()}) {
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().code == pge::ExitCode::invalid_migrations);
    CHECK(done.error().message.contains("two files have version 1"));
  }
  CHECK_FALSE(set.is_reading());
  CHECK(set.all().empty());
}

TEST_CASE("a set has its files, and the names of what is not read, when it is read") {
  const TemporaryDirectory scratch;
  scratch.write("2_y.sql", "SELECT 2;");
  scratch.write("1_x.sql", "SELECT 1;");
  scratch.write("3_z.sql.gz", "");
  pge::MigrationSet first(scratch.path());
  // It may move while it is being read.
  pge::MigrationSet set = std::move(first);
  REQUIRE(set.finish_reading().has_value());
  REQUIRE(set.all().size() == 2);
  CHECK(set.all().front().up.source.text == "SELECT 1;");
  CHECK(set.unused() == std::vector<std::string>{"3_z.sql.gz"});
  pge::MigrationSet empty(scratch.path("nowhere"), true);
  const auto missing = empty.finish_reading();
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().code == pge::ExitCode::no_input);
}

TEST_CASE("a directory of migrations is loaded, whoever wrote them") {
  for (const std::string name : {"plain", "pg_dump", "dbmate", "golang_body"}) {
    const pge::MigrationSet set = load(scenario(name));
    for (const pge::Migration& migration : set.all()) {
      for (const pge::Part& part : {migration.up, migration.down.value_or(pge::Part{})}) {
        for (const pge::Statement statement : part.statements) {
          CHECK(part.source.text.view().substr(statement.offset, statement.sql.size()) == statement.sql);
        }
      }
    }
  }
  const auto dump = load(scenario("pg_dump"));
  REQUIRE(dump.all().front().up.statements.size() == 4);
  CHECK(dump.all().front().up.statements.back().copy_data == "1\tit's\n2\t\\N\n");
  const auto dbmate = load(scenario("dbmate"));
  CHECK_FALSE(dbmate.all().front().up.transactional);
  CHECK(dbmate.all().front().down.value().statements.size() == 1);
  const auto wrapped = load(scenario("golang_body"));
  CHECK(wrapped.all().front().up.statements.size() == 2);
  CHECK(wrapped.all().front().down.value().statements.size() == 1);
}

TEST_CASE("what is not read is named: folders with SQL, and compressed SQL, also behind a link") {
  const TemporaryDirectory scratch;
  scratch.write("1_x.sql", "SELECT 1;");
  scratch.write("v1/2_y.sql", "SELECT 2;");
  scratch.write("docs/README.md", "none");
  scratch.write("3_z.SQL.gz", "");
  fs::create_directory_symlink("v1", scratch.path("v2"));
  const auto found = pge::read_migration_directory(scratch.path(), false);
  REQUIRE(found.has_value());
  CHECK(found->unused == std::vector<std::string>{"3_z.SQL.gz", "v1/", "v2/"});
}

TEST_CASE("a file is read to its end, whatever its size") {
  const TemporaryDirectory scratch;
  for (const std::size_t size : {0U, 1U, 4095U, 4096U, 65536U, 65537U, 1048575U, 1048576U, 3000000U}) {
    scratch.write("1_x.sql", std::string(size, 'x'));
    pge::MigrationSet set(scratch.path());
    REQUIRE(set.finish_reading().has_value());
    CHECK(set.all().front().up.source.text.view().size() == size);
  }
}
