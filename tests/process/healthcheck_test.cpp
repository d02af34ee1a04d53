#include <catch2/catch_test_macros.hpp>
#include <filesystem>

#include "harness.hpp"
#include "process/healthcheck.hpp"

using namespace pge::test;

TEST_CASE("the state is that of the process which has come furthest") {
  const TemporaryDirectory proc;
  const auto process = [&](const char* pid, const char* name) {
    std::filesystem::create_directory(proc.path(pid));
    proc.write(std::string(pid) + "/comm", std::string(name) + "\n");
  };
  std::filesystem::create_directory(proc.path("self"));
  proc.write("self/comm", "pge:serving\n");
  process("5", "postgres");
  process("6", "pge:unheard-of");
  const auto none = pge::entrypoint_state(proc.path());
  REQUIRE_FALSE(none);
  REQUIRE(none.error().code == pge::ExitCode::unavailable);
  process("1", "pge:preparing");
  REQUIRE(pge::entrypoint_state(proc.path()) == "preparing");
  process("17", "pge:waiting");
  REQUIRE(pge::entrypoint_state(proc.path()) == "waiting");
  process("17", "pge:locking");
  REQUIRE(pge::entrypoint_state(proc.path()) == "locking");
  process("17", "pge:migrating");
  REQUIRE(pge::entrypoint_state(proc.path()) == "migrating");
  process("1", "pge:serving");
  REQUIRE(pge::entrypoint_state(proc.path()) == "serving");
}

TEST_CASE("without /proc nothing is known") {
  REQUIRE_FALSE(pge::entrypoint_state("/no/proc"));
}
