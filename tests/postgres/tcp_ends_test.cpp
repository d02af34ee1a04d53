#include "postgres/tcp_ends.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <format>

#include "core/descriptor.hpp"

namespace {

/// A connection over the loopback. `address` is that of the family, with port 0.
void check_connection(sockaddr* address, socklen_t size, const in_port_t& port, const char* name) {
  const pge::Descriptor listener(socket(address->sa_family, SOCK_STREAM, 0));
  REQUIRE(bind(listener.get(), address, size) == 0);
  REQUIRE(listen(listener.get(), 1) == 0);
  REQUIRE(getsockname(listener.get(), address, &size) == 0);
  const int server_port = ntohs(port);
  const pge::Descriptor client(socket(address->sa_family, SOCK_STREAM, 0));
  REQUIRE(connect(client.get(), address, size) == 0);
  REQUIRE(getsockname(client.get(), address, &size) == 0);
  CHECK(pge::tcp_ends_of(client.get()) == std::format("{0} {1} {0} {2}", name, ntohs(port), server_port));
  const pge::Descriptor served(accept(listener.get(), nullptr, nullptr));
  CHECK(pge::tcp_ends_of(served.get()) == std::format("{0} {1} {0} {2}", name, server_port, ntohs(port)));
}

}  // namespace

TEST_CASE("the ends of a TCP connection are told as a server tells them") {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  check_connection(reinterpret_cast<sockaddr*>(&v4), sizeof v4, v4.sin_port, "127.0.0.1");
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_addr = in6addr_loopback;
  const pge::Descriptor probe(socket(AF_INET6, SOCK_STREAM, 0));
  if (bind(probe.get(), reinterpret_cast<sockaddr*>(&v6), sizeof v6) != 0) return;  // a machine without IPv6
  check_connection(reinterpret_cast<sockaddr*>(&v6), sizeof v6, v6.sin6_port, "::1");
}

TEST_CASE("what is not TCP has no ends to compare") {
  std::array<int, 2> pair{};
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()) == 0);
  const pge::Descriptor one(pair[0]);
  const pge::Descriptor other(pair[1]);
  CHECK(pge::tcp_ends_of(one.get()).empty());
  CHECK(pge::tcp_ends_of(-1).empty());
}
