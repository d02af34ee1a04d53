#include "core/error.hpp"

#include <catch2/catch_test_macros.hpp>
#include <csignal>

using pge::Error;
using pge::ExitCode;

TEST_CASE("a location leaves out what is not known") {
  CHECK(pge::Location{}.to_string().empty());
  CHECK(pge::Location{.file = "a.sql"}.to_string() == "a.sql");
  CHECK(pge::Location{.file = "a.sql", .line = 3}.to_string() == "a.sql:3");
  CHECK(pge::Location{.file = "a.sql", .line = 3, .column = 7}.to_string() == "a.sql:3:7");
}

TEST_CASE("a stop ends with 128+n, unless the outcome is unknown") {
  Error error = pge::stopped_by(SIGTERM);
  CHECK(error.exit_status() == 143);
  CHECK(error.message == "stopped by SIGTERM");
  error.code = ExitCode::in_doubt;
  CHECK(error.exit_status() == 74);
  CHECK(Error{.code = ExitCode::usage, .message = ""}.exit_status() == 64);
}

TEST_CASE("a message keeps the beginning of a statement, up to a space") {
  CHECK(pge::excerpt("select 1") == "select 1");
  const std::string words(16'380, 'x');
  CHECK(pge::excerpt(words + " postgresql://a:secret@b") == words + " ");
  CHECK(pge::excerpt(std::string(20'000, 'x')).size() == 16'384);
  const std::string word(16'370, 'x');
  CHECK(pge::excerpt(word + "postgresql://a:secret@b") == word + "postgresql");
}
