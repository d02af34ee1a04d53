#include "process/probe.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <format>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "core/descriptor.hpp"
#include "core/patience.hpp"
#include "core/stop.hpp"

namespace pge {
namespace {

struct Address {
  std::string host;
  std::string port;
};

std::unexpected<Error> silent(std::string_view where, std::string_view reason) {
  return fail(ExitCode::unavailable, std::format("{} does not answer: {}", where, reason));
}

std::optional<unsigned> number_of(std::string_view text, unsigned most) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number == 0 || number > most) return std::nullopt;
  return number;
}

/// "HOST:PORT", "HOST" where there is a usual port, and both with an IPv6 address in brackets.
std::optional<Address> parse_address(std::string_view text, std::string_view usual_port = {}) {
  Address address{.host = {}, .port = std::string(usual_port)};
  std::size_t colon = text.rfind(':');
  if (text.starts_with('[')) {
    const std::size_t bracket = text.find(']');
    if (bracket == std::string_view::npos) return std::nullopt;
    address.host = text.substr(1, bracket - 1);
    colon = bracket + 1 < text.size() ? bracket + 1 : std::string_view::npos;
    if (colon != std::string_view::npos && text[colon] != ':') return std::nullopt;
  } else {
    address.host = text.substr(0, colon);
    if (address.host.contains(':')) return std::nullopt;
  }
  if (colon != std::string_view::npos) address.port = text.substr(colon + 1);
  constexpr unsigned highest_port = 65535;
  if (address.host.empty() || !number_of(address.port, highest_port)) return std::nullopt;
  return address;
}

int milliseconds_until(Clock::time_point deadline) {
  return static_cast<int>(std::max<long long>(std::chrono::ceil<milliseconds>(deadline - Clock::now()).count(), 0));
}

/// 0, or errno.
int connect_within(int fd, const addrinfo& to, Clock::time_point deadline) {
  if (connect(fd, to.ai_addr, to.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  pollfd watched{.fd = fd, .events = POLLOUT, .revents = 0};
  if (poll(&watched, 1, milliseconds_until(deadline)) <= 0) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

Result<Descriptor> connected(const Address& address, std::string_view where, Clock::time_point deadline) {
  const auto hosts =
      address.host == "localhost" ? std::vector<std::string>{"127.0.0.1", "::1"} : std::vector{address.host};
  std::string reason;
  for (const std::string& host : hosts) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    if (const int error = getaddrinfo(host.c_str(), address.port.c_str(), &wanted, &list); error != 0) {
      reason = gai_strerror(error);
      continue;
    }
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(list, freeaddrinfo);
    for (const addrinfo* to = list; to != nullptr; to = to->ai_next) {
      Descriptor socket_fd(socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      const int error = socket_fd.get() < 0 ? errno : connect_within(socket_fd.get(), *to, deadline);
      if (error == 0) return socket_fd;
      // That there is no IPv6 here explains nothing.
      if (reason.empty() || to->ai_family == AF_INET) reason = std::generic_category().message(error);
    }
  }
  return silent(where, reason);
}

/// The beginning of the answer: "HTTP/1.1 200".
Result<std::string> first_bytes(int fd, std::string_view where, Clock::time_point deadline) {
  constexpr std::size_t enough = std::string_view("HTTP/1.1 200").size();
  std::string answer;
  while (answer.size() < enough) {
    pollfd watched{.fd = fd, .events = POLLIN, .revents = 0};
    if (poll(&watched, 1, milliseconds_until(deadline)) <= 0) return silent(where, "no response in time");
    std::array<char, enough> piece{};
    const ssize_t length = recv(fd, piece.data(), enough - answer.size(), 0);
    if (length < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (length < 0) return silent(where, std::generic_category().message(errno));
    if (length == 0) break;
    answer.append(piece.data(), static_cast<std::size_t>(length));
  }
  return answer;
}

}  // namespace

Result<> probe_tcp(std::string_view text) {
  const auto address = parse_address(text);
  if (!address) {
    return fail(ExitCode::usage, std::format("--tcp: '{}' is not an address", text), "write 127.0.0.1:8000");
  }
  if (auto socket_fd = connected(*address, text, Clock::now() + patience::probe); !socket_fd) {
    return fail(socket_fd.error());
  }
  return {};
}

Result<> probe_http(std::string_view text) {
  constexpr std::string_view scheme = "http://";
  constexpr std::size_t digits = 3;
  constexpr unsigned highest_status = 599;
  std::string_view url = text.substr(0, text.find('#'));
  std::optional<unsigned> wanted;
  if (url.size() > digits && url[url.size() - digits - 1] == '=') {
    wanted = number_of(url.substr(url.size() - digits), highest_status);
    if (wanted) url.remove_suffix(digits + 1);
  }
  const bool is_http = url.starts_with(scheme);
  const std::string_view rest = is_http ? url.substr(scheme.size()) : std::string_view();
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  const auto address = parse_address(authority, "80");
  if (!is_http || !address || authority.contains('@') || url.find_first_of(" \t\r\n") != std::string_view::npos) {
    return fail(ExitCode::usage, std::format("--http: '{}' is not a URL that can be asked", text),
                "write http://127.0.0.1:8000/health, or with =204 the status that is expected; https is not supported");
  }
  const auto deadline = Clock::now() + patience::probe;
  const auto socket_fd = connected(*address, url, deadline);
  if (!socket_fd) return fail(socket_fd.error());
  const std::string_view path = rest.substr(authority.size());
  const std::string request = std::format(
      "GET {}{} HTTP/1.1\r\nHost: {}\r\nUser-Agent: pg-entrypoint\r\nAccept: */*\r\nConnection: close\r\n\r\n",
      path.starts_with('/') ? "" : "/", path, authority);
  // It fits into the buffer of a socket that is new.
  if (send(socket_fd->get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) {
    return silent(url, std::generic_category().message(errno));
  }
  const auto answer = first_bytes(socket_fd->get(), url, deadline);
  if (!answer) return fail(answer.error());
  const auto status =
      answer->starts_with("HTTP/") ? number_of(answer->substr(answer->find(' ') + 1), highest_status) : std::nullopt;
  if (!status) return silent(url, "not with HTTP");
  const bool fine = wanted ? *status == *wanted : *status >= 200 && *status < 400;
  if (fine) return {};
  return fail(ExitCode::unavailable, std::format("{} answers with status {}", url, *status));
}

}  // namespace pge
