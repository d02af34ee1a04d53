#include "migrator/inputs.hpp"

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <string>

#include "temporary_directory.hpp"

namespace fs = std::filesystem;

TEST_CASE("the digest changes with what the result depends on, and with nothing else") {
  const pge::test::TemporaryDirectory directory;
  const fs::path root = directory.path();
  directory.write("ini", "a");
  directory.write("versions/1.py", "one");
  directory.write("versions/sub/2.py", "two");
  pge::MigratorInputs inputs{
      .words = {"alembic", "upgrade", "head"}, .state_query = "select 1", .paths = {root / "ini", root / "versions"}};
  const auto digest = [&] { return pge::digest_inputs(inputs).value(); };
  const std::string first = digest();
  CHECK(first.size() == 64);
  CHECK(digest() == first);

  directory.write("versions/__pycache__/1.pyc", "made by Python");
  directory.write("versions/1.pyc", "made by Python");
  directory.write("versions/..data/1.py", "a ConfigMap's own");
  fs::last_write_time(root / "ini", fs::file_time_type::clock::now());
  CHECK(digest() == first);

  directory.write("versions/sub/2.py", "TWO");
  const std::string changed = digest();
  CHECK(changed != first);
  directory.write("versions/sub/2.py", "two");
  CHECK(digest() == first);
  fs::rename(root / "versions/sub/2.py", root / "versions/sub/3.py");
  CHECK(digest() != first);
  fs::rename(root / "versions/sub/3.py", root / "versions/sub/2.py");
  directory.write("versions/new.py", "");
  CHECK(digest() != first);
  fs::remove(root / "versions/new.py");
  CHECK(digest() == first);

  inputs.words.back() = "heads";
  CHECK(digest() != first);
  inputs.words.back() = "head";
  inputs.state_query = "select 2";
  CHECK(digest() != first);

  inputs.paths.push_back(root / "none");
  const auto missing = pge::digest_inputs(inputs);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == pge::ExitCode::no_input);
  fs::create_directory_symlink(root, root / "versions/circle");
  inputs.paths.pop_back();
  CHECK(pge::digest_inputs(inputs));
}
