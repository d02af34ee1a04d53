#pragma once

#include <cstdint>
#include <span>
#include <string_view>

struct pg_conn;  // NOLINT(readability-identifier-naming)

namespace pge {

/// What is sent to the server, and how.
struct Request {
  enum class Form : std::uint8_t {
    one,         ///< one statement, by the extended protocol: the server refuses a text that holds two
    row_by_row,  ///< the same; libpq keeps one row at a time, because there may be millions that nobody reads
    several,     ///< several statements in one implicit transaction, by the simple protocol; no parameters
  };
  std::string_view sql;
  std::span<const char* const> parameters = {};  ///< as text, for $1, $2…
  Form form = Form::one;
};

/// Hand the request to libpq, which copies all of it. False when libpq refuses: the connection is broken.
bool send(pg_conn* raw, const Request& request);

}  // namespace pge
