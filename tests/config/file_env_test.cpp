#include "config/file_env.hpp"

#include <catch2/catch_test_macros.hpp>

#include "temporary_directory.hpp"

using pge::EnvironmentList;
using pge::test::TemporaryDirectory;

namespace {

struct Secret {
  explicit Secret(const std::string& content) : path(directory.write("secret", content)) {}
  TemporaryDirectory directory;
  std::string path;
};

/// The environment afterwards, or the message of the error as its only entry.
EnvironmentList after(EnvironmentList environment, const std::vector<std::string>& patterns) {
  const auto read = pge::read_file_env(environment, patterns);
  return read ? environment : EnvironmentList{read.error().message};
}

}  // namespace

TEST_CASE("NAME_FILE becomes NAME, for the names that are asked for") {
  const Secret secret("a b'\"\\${X}\n\n");
  const std::string value = "=a b'\"\\${X}";
  const EnvironmentList given{"A=1", "DB_PASS_FILE=" + secret.path, "DB_URL_FILE=" + secret.path, "X_FILE=/x"};
  CHECK(after(given, {}) == given);
  CHECK(after(given, {"DB_PASS"}) ==
        EnvironmentList{"A=1", "DB_URL_FILE=" + secret.path, "X_FILE=/x", "DB_PASS" + value});
  CHECK(after(given, {"DB_*"}) == EnvironmentList{"A=1", "X_FILE=/x", "DB_PASS" + value, "DB_URL" + value});
  CHECK(after(given, {"DB_URL", "DB_PASS"}) == after(given, {"DB_*"}));
  CHECK(after(given, {"NOT_THERE", "Y*"}) == given);
  CHECK(after({"_FILE=/x"}, {"A*"}) == EnvironmentList{"_FILE=/x"});
}

TEST_CASE("empty counts as not set, and both are a contradiction") {
  const Secret secret("s");
  CHECK(after({"A=", "A_FILE=" + secret.path}, {"A"}) == EnvironmentList{"A=s"});
  CHECK(after({"A=1", "A_FILE="}, {"A"}) == EnvironmentList{"A=1"});
  CHECK(after({"A=1", "A_FILE=" + secret.path}, {"A"}) == EnvironmentList{"A and A_FILE are both set"});
  CHECK(after({"A_FILE=/nowhere/s"}, {"A"}).front().starts_with("A_FILE: /nowhere/s cannot be read"));
  const Secret empty("\n");
  CHECK(after({"A_FILE=" + empty.path}, {"A"}) == EnvironmentList{"A="});
}

TEST_CASE("what an editor has put around a value is told") {
  const Secret mark("\xEF\xBB\xBFsecret");
  CHECK(after({"A_FILE=" + mark.path}, {"A"}).front().contains("byte order mark"));
  const Secret wide(std::string("s\0e\0", 4));
  CHECK(after({"A_FILE=" + wide.path}, {"A"}).front().contains("NUL"));
}
