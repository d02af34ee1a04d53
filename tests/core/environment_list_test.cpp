#include "core/environment_list.hpp"

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>

using pge::EnvironmentList;

TEST_CASE("a variable is found by its whole name") {
  const EnvironmentList environment{"AB=1", "A=x=y", "E=", "BARE", "A=second"};
  CHECK(pge::variable_value(environment, "A") == std::string_view("x=y"));
  CHECK(pge::variable_value(environment, "E") == std::string_view(""));
  CHECK(pge::variable_value(environment, "B") == nullptr);
  CHECK(pge::variable_value(environment, "BARE") == nullptr);
  CHECK(pge::variable_name("A=x=y") == "A");
  CHECK(pge::variable_name("BARE") == "BARE");
}

TEST_CASE("a variable is set once, whatever was there, and no other is touched") {
  EnvironmentList environment{"HOME=/a", "HOMES=/b", "HOME=/c"};
  pge::set_variable(environment, "HOME", "/d");
  CHECK(environment == EnvironmentList{"HOMES=/b", "HOME=/d"});
  pge::unset_variable(environment, "HOME");
  CHECK(environment == EnvironmentList{"HOMES=/b"});
}

TEST_CASE("for a while another environment is the process's own") {
  REQUIRE(setenv("PGE_TEST_VARIABLE", "outside", 1) == 0);
  {
    const EnvironmentList inside{"PGE_TEST_OTHER=inside"};
    const pge::UsedEnvironment used(inside);
    CHECK(std::getenv("PGE_TEST_VARIABLE") == nullptr);
    CHECK(std::getenv("PGE_TEST_OTHER") == std::string_view("inside"));
  }
  CHECK(std::getenv("PGE_TEST_VARIABLE") == std::string_view("outside"));
  CHECK(std::getenv("PGE_TEST_OTHER") == nullptr);
  unsetenv("PGE_TEST_VARIABLE");
}
