#include "postgres/tcp_ends.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <format>

namespace pge {
namespace {

/// "10.0.0.2 5432"; empty for an address of another kind.
std::string end_of(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const auto shown = [&](const void* binary, in_port_t port) {
    const char* name = inet_ntop(address.ss_family, binary, text.data(), text.size());
    return name == nullptr ? std::string() : std::format("{} {}", name, ntohs(port));
  };
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    return shown(&v4.sin_addr, v4.sin_port);
  }
  if (address.ss_family != AF_INET6) return {};
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
  return shown(&v6.sin6_addr, v6.sin6_port);
}

}  // namespace

std::string tcp_ends_of(int socket) {
  sockaddr_storage ours{};
  sockaddr_storage theirs{};
  socklen_t size = sizeof ours;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&ours), &size) != 0) return {};
  size = sizeof theirs;
  if (getpeername(socket, reinterpret_cast<sockaddr*>(&theirs), &size) != 0) return {};
  const std::string here = end_of(ours);
  const std::string there = end_of(theirs);
  return here.empty() || there.empty() ? std::string() : std::format("{} {}", here, there);
}

}  // namespace pge
