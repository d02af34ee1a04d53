#include "migrate/splitter.hpp"
#include <catch2/catch_test_macros.hpp>
TEST_CASE("x"){ REQUIRE(pge::split_statements("select 1; select 2", "f", "", 0)->size()==2);}
