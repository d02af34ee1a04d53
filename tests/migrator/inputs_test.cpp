#include "migrator/inputs.hpp"

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "temporary_directory.hpp"

namespace fs = std::filesystem;

TEST_CASE("the digest changes with what the result depends on, and with nothing else") {
  const pge::test::TemporaryDirectory directory;
  const fs::path root = directory.path();
  directory.write("ini", "a");
  directory.write("versions/1.py", "one");
  directory.write("versions/sub/2.py", "two");
  pge::MigratorInputs inputs{.paths = {root / "ini", root / "versions"}};
  const auto digest = [&] { return pge::digest_inputs(inputs, {}).value(); };
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

  inputs.paths.push_back(root / "none");
  const auto missing = pge::digest_inputs(inputs, {});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == pge::ExitCode::no_input);
}

TEST_CASE("what editors and Python leave is no input") {
  const pge::test::TemporaryDirectory directory;
  const pge::MigratorInputs inputs{.paths = {directory.path()}};
  directory.write("a.py", "one");
  const std::string before = pge::digest_inputs(inputs, {}).value();
  for (const std::string name : {".a.py.swp", "a.py.swo", "a.py~", "#a.py#", ".DS_Store", "a.pyc", "__pycache__/x.py",
                                 "sub~/x.py", ".git/x", "..data/x"}) {
    INFO(name);
    directory.write(name, "left");
    CHECK(pge::digest_inputs(inputs, {}).value() == before);
  }
  fs::create_symlink("someone@host.1234", fs::path(directory.path()) / ".#a.py");  // an Emacs lock leads nowhere
  CHECK(pge::digest_inputs(inputs, {}).value() == before);
  for (const std::string name : {"#", "#a", "a#", ".hidden", "a.swp.py", "swp", "DS_Store", "a~b", "__pycache__.py"}) {
    INFO(name);
    directory.write(name, "an input");
    CHECK(pge::digest_inputs(inputs, {}).value() != before);
    fs::remove(fs::path(directory.path()) / name);
    CHECK(pge::digest_inputs(inputs, {}).value() == before);
  }
}

TEST_CASE("what is behind a link is an input") {
  const pge::test::TemporaryDirectory project;
  const pge::test::TemporaryDirectory elsewhere;
  const fs::path root = project.path();
  const fs::path other = elsewhere.path();
  project.write("env.py", "env");
  elsewhere.write("folder/sub/1.py", "one");
  elsewhere.write("2.py", "two");
  fs::create_directory_symlink(other / "folder", root / "versions");
  fs::create_symlink(other / "2.py", root / "2.py");
  const pge::MigratorInputs inputs{.paths = {root}};
  const auto digest = [&] { return pge::digest_inputs(inputs, {}).value(); };
  const std::string first = digest();
  elsewhere.write("folder/sub/1.py", "ONE");
  CHECK(digest() != first);
  elsewhere.write("folder/sub/1.py", "one");
  elsewhere.write("2.py", "TWO");
  CHECK(digest() != first);
  elsewhere.write("2.py", "two");
  elsewhere.write("folder/sub/1.py~", "left");
  CHECK(digest() == first);
  // Where a link leads does not count: a deployment may change that and nothing else.
  fs::rename(other / "folder", other / "moved");
  fs::remove(root / "versions");
  fs::create_directory_symlink(other / "moved", root / "versions");
  CHECK(digest() == first);
  // A folder that is reached twice is no circle, nor is a link beside what it names.
  fs::create_directory_symlink(other / "moved/sub", root / "again");
  fs::create_directory_symlink("again", root / "once_more");
  CHECK(digest() != first);
}

TEST_CASE("links that lead in a circle, or nowhere, are refused") {
  const pge::test::TemporaryDirectory project;
  const fs::path root = project.path();
  project.write("folder/inner/1.py", "one");
  project.write("beside/2.py", "two");
  const pge::MigratorInputs inputs{.paths = {root / "folder"}};
  const auto refused = [&](const fs::path& target, const std::string& message) {
    INFO(target.string());
    const fs::path link = root / "folder/inner/link";
    fs::remove(link);
    fs::create_directory_symlink(target, link);
    const auto digest = pge::digest_inputs(inputs, {});
    REQUIRE_FALSE(digest);
    CHECK(digest.error().code == pge::ExitCode::no_input);
    CHECK(digest.error().message.contains("inner/link"));
    CHECK(digest.error().message.contains(message));
  };
  CHECK(pge::digest_inputs(inputs, {}));
  refused(".", "which contains it");
  refused("..", "which contains it");
  refused(root, "which contains it");
  refused("/", "which contains it");
  refused("link", "links form a cycle");
  refused("gone", "there is no such file or folder");
  // By way of another folder.
  fs::create_directory_symlink("../folder", root / "beside/back");
  fs::remove(root / "folder/inner/link");
  fs::create_directory_symlink("../../beside", root / "folder/inner/link");
  const auto digest = pge::digest_inputs(inputs, {});
  REQUIRE_FALSE(digest);
  CHECK(digest.error().message.contains("inner/link/back"));
}

TEST_CASE("the number of files is limited") {
  const pge::test::TemporaryDirectory project;
  const fs::path root = project.path();
  for (int file = 0; file < 100; ++file) project.write("files/" + std::to_string(file), "");
  for (int link = 0; link < 25; ++link) {
    fs::create_directories(root / "many");
    fs::create_directories(root / "all");
    fs::create_directory_symlink("../files", root / "many" / std::to_string(link));
    fs::create_directory_symlink("../many", root / "all" / std::to_string(link));
  }
  pge::MigratorInputs inputs{.paths = {root / "many"}};
  CHECK(pge::digest_inputs(inputs, {}));
  inputs.paths = {root / "all"};
  const auto digest = pge::digest_inputs(inputs, {});
  REQUIRE_FALSE(digest);
  CHECK(digest.error().message.contains("more than 50000"));
}

TEST_CASE("the depth of folders is limited") {
  const pge::test::TemporaryDirectory project;
  std::string path;
  for (int depth = 0; depth < 60; ++depth) path += "d/";
  project.write(path + "1.py", "one");
  const pge::MigratorInputs inputs{.paths = {project.path()}};
  CHECK(pge::digest_inputs(inputs, {}));
  project.write(path + "d/d/d/d/d/2.py", "two");
  const auto digest = pge::digest_inputs(inputs, {});
  REQUIRE_FALSE(digest);
  CHECK(digest.error().message.contains("too deeply"));
}

TEST_CASE("environment variables are inputs") {
  const pge::MigratorInputs inputs = pge::inputs_of({"env:TENANT", "env:MODE"});
  CHECK(inputs.paths.empty());
  const auto digest = [&](const pge::EnvironmentList& environment) {
    return pge::digest_inputs(inputs, environment).value();
  };
  const std::string first = digest({"TENANT=a", "MODE=x"});
  CHECK(digest({"MODE=x", "OTHER=1", "TENANT=a"}) == first);
  CHECK(digest({"TENANT=b", "MODE=x"}) != first);
  CHECK(digest({"TENANT=a"}) != first);
  // Not set, empty, and the words that stand for "not set" are three values.
  CHECK(digest({"TENANT=a"}) != digest({"TENANT=a", "MODE="}));
  CHECK(digest({"TENANT=a"}) != digest({"TENANT=a", "MODE=not set"}));
  // A value cannot be taken for the next variable.
  CHECK(digest({"TENANT=a\nenv MODE", "MODE=x"}) != digest({"TENANT=a", "MODE=x"}));
}

TEST_CASE("paths and variables are told apart") {
  const pge::MigratorInputs inputs = pge::inputs_of({"db/migrations", "env:TENANT", "./env", "env"});
  CHECK(inputs.paths == std::vector<std::string>{"db/migrations", "./env", "env"});
  CHECK(inputs.variables == std::vector<std::string>{"TENANT"});
  CHECK(pge::inputs_of({}).empty());
}

TEST_CASE("words keep their limits in a digest") {
  CHECK(pge::digest_words({"a", "b"}) != pge::digest_words({"ab"}));
  CHECK(pge::digest_words({"a", "b"}) != pge::digest_words({"b", "a"}));
  CHECK(pge::digest_words({"a"}) != pge::digest_words({"a", ""}));
}
