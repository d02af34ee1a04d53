#include "migrator/inputs.hpp"

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <string>

namespace {

namespace fs = std::filesystem;

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

}  // namespace

TEST_CASE("the digest changes with what the result depends on, and with nothing else") {
  std::string name = (fs::temp_directory_path() / "pge-inputs-XXXXXX").string();
  const fs::path root = mkdtemp(name.data());
  write(root / "ini", "a");
  write(root / "versions/1.py", "one");
  write(root / "versions/sub/2.py", "two");
  pge::MigratorInputs inputs{
      .words = {"alembic", "upgrade", "head"}, .state_query = "select 1", .paths = {root / "ini", root / "versions"}};
  const auto digest = [&] { return pge::digest_inputs(inputs).value(); };
  const std::string first = digest();
  CHECK(first.size() == 64);
  CHECK(digest() == first);

  write(root / "versions/__pycache__/1.pyc", "made by Python");
  write(root / "versions/1.pyc", "made by Python");
  write(root / "versions/..data/1.py", "a ConfigMap's own");
  fs::last_write_time(root / "ini", fs::file_time_type::clock::now());
  CHECK(digest() == first);

  write(root / "versions/sub/2.py", "TWO");
  const std::string changed = digest();
  CHECK(changed != first);
  write(root / "versions/sub/2.py", "two");
  CHECK(digest() == first);
  fs::rename(root / "versions/sub/2.py", root / "versions/sub/3.py");
  CHECK(digest() != first);
  fs::rename(root / "versions/sub/3.py", root / "versions/sub/2.py");
  write(root / "versions/new.py", "");
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
  fs::remove_all(root);
}
