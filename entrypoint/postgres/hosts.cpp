#include "postgres/hosts.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <memory>
#include <ranges>
#include <span>
#include <utility>
#include <vector>

#include "core/strings.hpp"

namespace pge {
namespace {

constexpr std::string_view attempt_mark = "connection to server ";

std::vector<std::string> elements_of(std::string_view list) {
  std::vector<std::string> elements;
  for (const auto part : list | std::views::split(',')) elements.emplace_back(std::string_view(part));
  return elements;
}

std::string element_at(const std::vector<std::string>& list, std::size_t index) {
  return index < list.size() ? list[index] : "";
}

std::string elements_from(const std::vector<std::string>& list, std::size_t index) {
  return joined(std::span(list).subspan(std::min(index, list.size())), ",");
}

std::string parameter_of(const std::map<std::string, std::string>& parameters, const char* name) {
  const auto found = parameters.find(name);
  return found == parameters.end() ? "" : found->second;
}

/// `at "db" (10.0.0.2), port 5432`, or `on socket "…"`; the address only if that tells servers apart.
std::string server_in(std::string_view attempt, bool with_address) {
  std::string server(attempt.substr(0, attempt.find(" failed: ")));
  const std::size_t begin = server.find("\" (");
  const std::size_t end = server.find("), port ", begin);
  if (!with_address && end != std::string::npos) server.erase(begin + 1, end - begin);
  return server;
}

}  // namespace

Hosts hosts_of(PGconn* connection) {
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(PQconninfo(connection), PQconninfoFree);
  Hosts hosts;
  for (const PQconninfoOption* option = options.get(); option != nullptr && option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    const std::string_view name = option->keyword;
    if (name == "host") hosts.host = option->val;
    if (name == "hostaddr") hosts.hostaddr = option->val;
    if (name == "port") hosts.port = option->val;
  }
  return hosts;
}

std::map<std::string, std::string> address_of(const PGconn* connection) {
  std::map<std::string, std::string> address;
  for (const auto& [name, value] : {std::pair{"host", PQhost(connection)},
                                    {"hostaddr", PQhostaddr(connection)},
                                    {"port", PQport(connection)},
                                    {"dbname", PQdb(connection)},
                                    {"user", PQuser(connection)}}) {
    if (value != nullptr && *value != '\0') address.emplace(name, value);
  }
  return address;
}

std::optional<Hosts> hosts_behind(const Hosts& all, const std::map<std::string, std::string>& address) {
  const auto hosts = elements_of(all.host);
  const auto addresses = elements_of(all.hostaddr);
  const auto ports = elements_of(all.port);
  const std::size_t count = std::max(hosts.size(), addresses.size());
  // A name that is there twice is the same server, so the last one counts.
  std::size_t next = count;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string host = element_at(hosts, i);
    const std::string given = element_at(addresses, i);
    const std::string port = element_at(ports, ports.size() == 1 ? 0 : i);
    const bool is_host = (host.empty() ? given : host) == parameter_of(address, "host") &&
                         (given.empty() || given == parameter_of(address, "hostaddr"));
    const bool is_port = (port.empty() ? "5432" : port) == parameter_of(address, "port");
    if (is_host && is_port) next = i + 1;
  }
  Hosts behind{.host = elements_from(hosts, next),
               .hostaddr = elements_from(addresses, next),
               .port = elements_from(ports, next)};
  if (ports.size() == 1) behind.port = all.port;
  if (behind.port.empty()) behind.port = "5432";
  // An empty text is no list: libpq would take the whole one of the environment, or what is its default.
  const bool is_sayable = behind.host.empty() == all.host.empty() && behind.hostaddr.empty() == all.hostaddr.empty();
  return next < count && is_sayable ? std::optional(std::move(behind)) : std::nullopt;
}

bool tells_of_another_host(std::string_view message, const Hosts& all) {
  const bool with_address = all.hostaddr.contains(',');
  std::size_t at = message.find(attempt_mark);
  if (at == std::string_view::npos) return false;
  if (at > 0) return true;  // a name that could not be looked up
  const std::string first = server_in(message.substr(attempt_mark.size()), with_address);
  while ((at = message.find(attempt_mark, at + attempt_mark.size())) != std::string_view::npos) {
    if (server_in(message.substr(at + attempt_mark.size()), with_address) != first) return true;
  }
  return false;
}

}  // namespace pge
