#include "postgres/local_ports.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "temporary_directory.hpp"

TEST_CASE("the local ports are those of the connections that are open") {
  const pge::test::TemporaryDirectory directory;
  const std::string table = directory.write(
      "tcp",
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
      "   0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000   100        0 17 1\n"
      "   1: 0100007F:B2C4 0100007F:1538 01 00000000:00000000 02:00000DD6 00000000     0        0 18 2\n"
      "   2: 0000000000000000FFFF00000100007F:8001 0000000000000000FFFF00000100007F:1538 01 0:0 0:0 0 0\n"
      "   3: 0100007F:B2C6 0100007F:1538 06 00000000:00000000 03:00000B3C 00000000     0        0 0 3\n");
  CHECK(pge::local_ports({table.c_str()}) == std::vector<int>{0xB2C4, 0x8001});
  CHECK(pge::local_ports({"/nowhere"}).empty());
}
