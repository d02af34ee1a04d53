#include "core/file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <string>
#include <system_error>

namespace {

/// A directory of its own, gone at the end.
class Folder {
 public:
  Folder() { REQUIRE(mkdtemp(path_.data()) != nullptr); }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string at(const std::string& name) const { return path_ + "/" + name; }
  std::ptrdiff_t count() const {
    return std::distance(std::filesystem::directory_iterator(path_), std::filesystem::directory_iterator());
  }

 private:
  std::string path_ = "/tmp/pge-replace.XXXXXX";
};

}  // namespace

TEST_CASE("a file is made, and then replaced by another one that everybody may read") {
  const Folder folder;
  const mode_t before = umask(077);
  REQUIRE(pge::replace_file(folder.at("a"), "one\n").has_value());
  umask(before);
  struct stat first{};
  REQUIRE(stat(folder.at("a").c_str(), &first) == 0);
  CHECK((first.st_mode & 0777U) == 0644U);
  REQUIRE(link(folder.at("a").c_str(), folder.at("old").c_str()) == 0);
  REQUIRE(pge::replace_file(folder.at("a"), "two\n").has_value());
  CHECK(pge::read_file(folder.at("a")) == "two\n");
  CHECK(pge::read_file(folder.at("old")) == "one\n");
  CHECK(folder.count() == 2);
}

TEST_CASE("where a file cannot be put, nothing is left beside it") {
  const Folder folder;
  REQUIRE(std::filesystem::create_directory(folder.at("taken")));
  CHECK(pge::replace_file(folder.at("taken"), "x").error() == std::errc::is_a_directory);
  CHECK(pge::replace_file(folder.at("nowhere/a"), "x").error() == std::errc::no_such_file_or_directory);
  CHECK(folder.count() == 1);
}
