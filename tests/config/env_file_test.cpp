#include "config/env_file.hpp"

#include <catch2/catch_test_macros.hpp>

#include "temporary_directory.hpp"

using pge::EnvironmentList;
using pge::test::TemporaryDirectory;

namespace {

auto read(const std::string& text) {
  const TemporaryDirectory directory;
  return pge::read_env_file(directory.write("env", text));
}

}  // namespace

TEST_CASE("an env file is read as docker reads it") {
  CHECK(*read("A=1\nB=2") == EnvironmentList{"A=1", "B=2"});
  CHECK(*read("# comment\n\n   # another\n \t\nA=1\n") == EnvironmentList{"A=1"});
  CHECK(*read("A= with blanks \t\n") == EnvironmentList{"A= with blanks \t"});
  CHECK(*read("A=\"quoted\" # no comment\n") == EnvironmentList{"A=\"quoted\" # no comment"});
  CHECK(*read("A=${B}\\n'x'=y=z\n") == EnvironmentList{"A=${B}\\n'x'=y=z"});
  CHECK(*read("  A=1\r\nB=\r\n") == EnvironmentList{"A=1", "B="});
  CHECK(*read("\xEF\xBB\xBF"
              "A=\xC3\xA4\n") == EnvironmentList{"A=\xC3\xA4"});
  CHECK(*read("A=1\nB=2\nA=3\n") == EnvironmentList{"B=2", "A=3"});
  CHECK(read("A\nHOME\n")->empty());
  CHECK(read("")->empty());
  CHECK(*read("a.b-c=1\n") == EnvironmentList{"a.b-c=1"});
}

TEST_CASE("a line that is none is told by its number, and without its value") {
  for (const std::string line : {"=hush", "export A=hush", "A =hush", "A\tB=hush", "A=hush\xFF"}) {
    INFO(line);
    const auto refused = read("# one\nB=2\n" + line + "\n");
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == pge::ExitCode::configuration);
    CHECK(refused.error().message.contains("line 3 of "));
    CHECK_FALSE(refused.error().message.contains("hush"));
  }
  CHECK(read(std::string("A=x\0y\n", 6)).error().message.contains("NUL"));
  CHECK(pge::read_env_file("/nowhere/env").error().message.contains("/nowhere/env cannot be read"));
}
