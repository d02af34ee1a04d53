#include "cli/input_list.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

TEST_CASE("what --migrator-inputs names") {
  using Words = std::vector<std::string>;
  CHECK(pge::split_input_list("a:b/c") == Words{"a", "b/c"});
  CHECK(pge::split_input_list("env:TENANT") == Words{"env:TENANT"});
  CHECK(pge::split_input_list("a:env:TENANT:b:env:_x1") == Words{"a", "env:TENANT", "b", "env:_x1"});
  CHECK(pge::split_input_list("./env:a") == Words{"./env", "a"});
  CHECK(pge::split_input_list("a:env") == Words{"a", "env"});
  CHECK(pge::split_input_list("env:env") == Words{"env:env"});
  CHECK(pge::split_input_list("") == Words{});
  for (const std::string given : {"env:db/migrations", "env:1", "a:env:a.b", "env:A B", "env:Ä"}) {
    INFO(given);
    const auto refused = pge::split_input_list(given);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().contains("./env"));
  }
}
