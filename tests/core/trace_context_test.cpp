#include "core/trace_context.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

using pge::trace_id_of;

namespace {

const std::string trace = "0af7651916cd43dd8448eb211c80319c";
const std::string valid = "00-" + trace + "-b7ad6b7169203331-01";

}  // namespace

TEST_CASE("the trace-id of a valid traceparent is taken") {
  for (const std::string& text : {valid, "00-" + trace + "-b7ad6b7169203331-00", "01-" + trace + "-b7ad6b7169203331-09",
                                  "cc-" + trace + "-b7ad6b7169203331-01-what-comes-later"}) {
    INFO(text);
    CHECK(trace_id_of(text) == trace);
  }
}

TEST_CASE("of a traceparent that is not valid nothing is taken") {
  std::string upper = valid;
  upper[3] = 'A';
  std::string dash = valid;
  dash[35] = '_';
  for (const std::string& text :
       {std::string(), std::string("00"), valid.substr(0, 54), valid + "-01", valid + "0", "ff" + valid.substr(2),
        upper, dash, " " + valid, "0x" + valid.substr(2), "01" + valid.substr(2) + ".01",
        "00-" + std::string(32, '0') + "-b7ad6b7169203331-01", "00-" + trace + "-" + std::string(16, '0') + "-01",
        "00-" + trace + "-b7ad6b7169203331-0g"}) {
    INFO(text);
    CHECK_FALSE(trace_id_of(text).has_value());
  }
}
