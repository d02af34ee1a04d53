#include "process/probe.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <format>
#include <string>
#include <thread>

#include "core/descriptor.hpp"

namespace {

/// Listens on 127.0.0.1, and gives one answer to one request.
class Server {
 public:
  explicit Server(std::string answer = {}) : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const general = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(bind(listener_.get(), general, size) == 0);
    REQUIRE(listen(listener_.get(), 5) == 0);
    REQUIRE(getsockname(listener_.get(), general, &size) == 0);
    port_ = ntohs(address.sin_port);
    if (!answer.empty()) thread_ = std::thread([this, answer] { serve(answer); });
  }
  ~Server() {
    if (thread_.joinable()) thread_.join();
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::string url(const std::string& rest = "/") const { return std::format("http://127.0.0.1:{}{}", port_, rest); }
  std::string address(const std::string& host = "127.0.0.1") const { return std::format("{}:{}", host, port_); }
  const std::string& request() const { return request_; }

 private:
  void serve(const std::string& answer) {
    const pge::Descriptor client(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    char buffer[1024];
    const ssize_t length = recv(client.get(), buffer, sizeof buffer, 0);
    if (length > 0) request_.assign(buffer, static_cast<std::size_t>(length));
    send(client.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
  }

  pge::Descriptor listener_;
  std::thread thread_;
  std::string request_;
  int port_ = 0;
};

int unused_port() {
  const Server server;
  return std::stoi(server.address().substr(10));
}

}  // namespace

TEST_CASE("a port that is listened on answers, another one does not") {
  const Server server;
  CHECK(pge::probe_tcp(server.address()));
  CHECK(pge::probe_tcp(server.address("localhost")));
  const auto refused = pge::probe_tcp(std::format("127.0.0.1:{}", unused_port()));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == pge::ExitCode::unavailable);
  CHECK(refused.error().message.contains("Connection refused"));
}

TEST_CASE("what is no address, or no URL, is a usage error") {
  for (const char* const text :
       {"", "8000", "h", "h:", ":80", "h:0", "h:65536", "h:http", "::1:80", "[::1", "[::1]80"}) {
    INFO(text);
    const auto refused = pge::probe_tcp(text);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == pge::ExitCode::usage);
  }
  for (const char* const text : {"", "127.0.0.1:8000/", "https://h/", "http://", "http:///x", "http://u:p@h/",
                                 "http://h:x/", "http://h/a b", "http://h/\r\nX: y"}) {
    INFO(text);
    const auto refused = pge::probe_http(text);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == pge::ExitCode::usage);
  }
}

TEST_CASE("the status of an HTTP answer decides") {
  struct Row {
    std::string answer;
    std::string expected;
    bool fine;
  };
  for (const auto& [answer, expected, fine] : std::vector<Row>{{"HTTP/1.1 200 OK\r\n\r\n", "", true},
                                                               {"HTTP/1.0 302 Found\r\n\r\n", "", true},
                                                               {"HTTP/1.1 199 X\r\n\r\n", "", false},
                                                               {"HTTP/1.1 400 Bad\r\n\r\n", "", false},
                                                               {"HTTP/1.1 503 No\r\n\r\n", "", false},
                                                               {"HTTP/1.1 503 No\r\n\r\n", "=503", true},
                                                               {"HTTP/1.1 200 OK\r\n\r\n", "=204", false},
                                                               {"HTTP/1.1 204\r\n", "=204", true},
                                                               {"SSH-2.0-OpenSSH\r\n", "", false},
                                                               {"HTTP/1.1", "", false}}) {
    INFO(answer << expected);
    const Server server(answer);
    const auto probed = pge::probe_http(server.url("/health") + expected);
    CHECK(probed.has_value() == fine);
    if (!probed) CHECK(probed.error().code == pge::ExitCode::unavailable);
  }
}

TEST_CASE("the request asks for the path and the query, without fragment and expected status") {
  std::string request;
  {
    Server server("HTTP/1.1 200 OK\r\n\r\n");
    REQUIRE(pge::probe_http(server.url("/health?full=1#top")));
    request = server.request();
  }
  CHECK(request.starts_with("GET /health?full=1 HTTP/1.1\r\nHost: 127.0.0.1:"));
  CHECK(request.ends_with("\r\n\r\n"));
}

TEST_CASE("who accepts and never answers is given up") {
  const Server server;
  const auto began = std::chrono::steady_clock::now();
  const auto probed = pge::probe_http(server.url());
  REQUIRE_FALSE(probed);
  CHECK(probed.error().message.contains("no response in time"));
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(10));
}
