#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

struct pg_conn;

namespace pge {

/// The servers of a connection as libpq's parameters have them: lists with commas, in which an element may be empty.
struct Hosts {
  std::string host;
  std::string hostaddr;
  std::string port;  ///< one may stand for all

  bool operator==(const Hosts&) const = default;
};

/// What `connection` was given, by the settings, the environment or a service file.
Hosts hosts_of(pg_conn* connection);

/// The server that `connection` has spoken to last, as libpq's parameters: nobody else can be meant by them.
std::map<std::string, std::string> address_of(const pg_conn* connection);

/// The hosts of the list that come after the server with this `address`. libpq does not ask them when it refuses.
std::optional<Hosts> hosts_behind(const Hosts& all, const std::map<std::string, std::string>& address);

/// Whether libpq's message of a failed connection tells of another server than the one it ends with. libpq goes on to
/// the next one where nobody answers, where a server starts up, or where it is not of the kind that is looked for.
/// Several addresses of one name are one server, unless `all` has a list of addresses.
bool tells_of_another_host(std::string_view message, const Hosts& all);

}  // namespace pge
