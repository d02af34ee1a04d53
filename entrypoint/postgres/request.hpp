#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "postgres/rows.hpp"

struct pg_conn;  // NOLINT(readability-identifier-naming)

namespace pge {

struct SlowHook;

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
  bool flush = false;     ///< in a pipeline: its answer is wanted before that of the last request
  bool repeated = false;  ///< in a pipeline: worth being kept by the server (see `PreparedStatements`)
  bool commit = false;    ///< first in a pipeline: COMMIT, which is never cancelled; without an answer: `in_doubt`
};

/// Hand the request to libpq, which copies all of it. False when libpq refuses: the connection is broken.
bool send(pg_conn* raw, const Request& request);

/// The same in a pipeline, where `several` is not possible. Without `flush` the server keeps the answer until those of
/// the requests behind it fill its buffer.
bool send_ahead(pg_conn* raw, const Request& request);

/// The same for a request that the server has under this name, and what gives it the name.
bool send_prepared(pg_conn* raw, const std::string& name, const Request& request);
bool send_preparation(pg_conn* raw, const std::string& name, std::string_view sql);

/// Requests that are sent without waiting for each other's results (ADR 16). The first failure ends the series: the
/// server runs nothing that comes after it.
class RequestSeries {
 public:
  RequestSeries() = default;
  RequestSeries(const RequestSeries&) = delete;
  RequestSeries& operator=(const RequestSeries&) = delete;
  virtual ~RequestSeries() = default;

  /// The request to send next, nothing after the last. Its parameters live until the next call, its text for as long as
  /// the series.
  virtual std::optional<Request> next() = 0;

  /// The server has come to the oldest request that has no answer. Returns what is to be done if it takes long, or
  /// null.
  virtual const SlowHook* reached() = 0;

  /// The answer to that request; an error is the last one. Returns what the caller of the series gets: an error ends
  /// it.
  virtual Result<> answered(Result<Rows> answer) = 0;
};

}  // namespace pge
