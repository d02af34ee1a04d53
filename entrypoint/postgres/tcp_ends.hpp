#pragma once

#include <string>

namespace pge {

// Who is at the other end of a TCP connection. Whatever ends the connection and opens another one, as a pooler does,
// gives the server other addresses or ports than ours.

/// The addresses and ports of both ends as our kernel sees them; empty for anything but TCP.
std::string tcp_ends_of(int socket);

/// The query for the same text as the server's kernel sees them.
inline constexpr const char* tcp_ends_sql =
    "select pg_catalog.concat_ws(' ', pg_catalog.host(pg_catalog.inet_client_addr()), pg_catalog.inet_client_port(), "
    "pg_catalog.host(pg_catalog.inet_server_addr()), pg_catalog.inet_server_port())";

}  // namespace pge
