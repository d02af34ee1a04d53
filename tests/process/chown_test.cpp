#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <filesystem>

#include "harness.hpp"
#include "process/chown.hpp"

using namespace pge::test;
namespace fs = std::filesystem;

namespace {

std::pair<uid_t, gid_t> owner(const std::string& path) {
  struct stat status{};
  REQUIRE(lstat(path.c_str(), &status) == 0);
  return {status.st_uid, status.st_gid};
}

const std::pair<uid_t, gid_t> app{1234, 2345};
const std::pair<uid_t, gid_t> root{0, 0};

pge::Result<> give(const std::string& path) {
  return pge::chown_tree(path, app.first, app.second);
}

}  // namespace

TEST_CASE("a tree is given away, and nothing beyond its symbolic links") {
  const TemporaryDirectory directory;
  fs::create_directories(directory.path("data/a/b"));
  fs::create_directories(directory.path("secret/inner"));
  directory.write("data/a/b/file", "x");
  directory.write("secret/file", "x");
  fs::create_symlink(directory.path("secret"), directory.path("data/trap"));
  fs::create_symlink(directory.path("secret/file"), directory.path("data/a/trap"));
  fs::create_symlink("../../..", directory.path("data/a/b/up"));
  REQUIRE(give(directory.path("data")));
  for (const char* const given :
       {"data", "data/a", "data/a/b", "data/a/b/file", "data/trap", "data/a/trap", "data/a/b/up"}) {
    INFO(given);
    REQUIRE(owner(directory.path(given)) == app);
  }
  for (const char* const kept : {"", "secret", "secret/inner", "secret/file"}) {
    INFO(kept);
    REQUIRE(owner(directory.path(kept)) == root);
  }
}

TEST_CASE("what has the owner already is left alone") {
  const TemporaryDirectory directory;
  fs::create_directories(directory.path("data/a"));
  const std::string file = directory.write("data/a/file", "x");
  REQUIRE(give(directory.path("data")));
  struct stat before{};
  struct stat after{};
  REQUIRE(lstat(file.c_str(), &before) == 0);
  usleep(20'000);
  REQUIRE(give(directory.path("data")));
  REQUIRE(lstat(file.c_str(), &after) == 0);
  REQUIRE(before.st_ctim.tv_sec == after.st_ctim.tv_sec);
  REQUIRE(before.st_ctim.tv_nsec == after.st_ctim.tv_nsec);
}

TEST_CASE("the root, a link, a file and what does not exist are refused") {
  const TemporaryDirectory directory;
  const std::string file = directory.write("file", "x");
  fs::create_directories(directory.path("target"));
  fs::create_symlink(directory.path("target"), directory.path("link"));
  for (const std::string& path : {std::string("/"), std::string("//"), directory.path("../.."), directory.path("link"),
                                  file, directory.path("none"), std::string()}) {
    INFO(path);
    const auto given = give(path);
    REQUIRE_FALSE(given);
    REQUIRE(given.error().code == pge::ExitCode::configuration);
    REQUIRE(given.error().message.contains("--chown"));
  }
  REQUIRE(give(directory.path("none")).error().message.contains(directory.path("none") + ": No such file"));
  REQUIRE(owner(directory.path("target")) == root);
  REQUIRE(owner("/") == root);
}

TEST_CASE("a deep and a wide tree need few descriptors") {
  const TemporaryDirectory directory;
  // Deeper than a path can be long (PATH_MAX): made step by step.
  constexpr int depth = 3000;
  const fs::path before = fs::current_path();
  fs::current_path(directory.path());
  for (int i = 0; i < depth; ++i) {
    REQUIRE(mkdir("deep", 0755) == 0);
    REQUIRE(mkdir("side", 0755) == 0);
    REQUIRE(chdir("deep") == 0);
  }
  fs::current_path(before);
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const rlimit few{.rlim_cur = 32, .rlim_max = limit.rlim_max};
  setrlimit(RLIMIT_NOFILE, &few);
  const auto given = give(directory.path());
  setrlimit(RLIMIT_NOFILE, &limit);
  INFO((given ? "" : given.error().message));
  REQUIRE(given);
  REQUIRE(owner(directory.path("deep/deep/side")) == app);
  fs::current_path(directory.path());
  for (int i = 0; i < depth; ++i) REQUIRE(chdir("deep") == 0);
  REQUIRE(owner(".") == app);
  for (int i = 0; i < depth; ++i) {
    REQUIRE(chdir("..") == 0);
    REQUIRE(rmdir("deep") == 0);
    REQUIRE(rmdir("side") == 0);
  }
  fs::current_path(before);
}
