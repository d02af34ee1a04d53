#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/events.hpp"
#include "core/stop.hpp"
#include "postgres/prepared.hpp"
#include "postgres/request.hpp"
#include "postgres/rows.hpp"

struct pg_conn;  // NOLINT(readability-identifier-naming)
namespace pqxx {
class connection;  // NOLINT(readability-identifier-naming)
}

namespace pge {

class Overseer;
class Waiting;

/// Something to do when a statement has run for `after` and is not finished.
struct SlowHook {
  milliseconds after;
  std::function<void()> act;
};

/// The one way to run a statement: sent asynchronously, then a poll over {socket, stop signal, deadline} (ADR 2).
/// libpqxx owns the connection between statements.
///
/// A stop cancels the statement, waits at most 0.8 s for the request and the server's answer, and fails with the stop;
/// every later statement fails at once. After a lost connection the error `may_reconnect()`. A COMMIT that waits for a
/// synchronous standby is not cancelled but waited for, however it came about (see `Overseer`).
class Runner {
 public:
  /// Takes over an open libpq connection.
  Runner(pg_conn* open, StopToken& stop, Events& events);
  ~Runner();
  Runner(Runner&&) noexcept;
  Runner& operator=(Runner&&) = delete;

  struct Limits {
    std::optional<Clock::time_point> deadline;  ///< none: the server's own limits only
    bool commit = false;                        ///< never cancelled; without an answer: `in_doubt`
    std::string_view copy_data = {};            ///< fed to a COPY … FROM STDIN
    const SlowHook* slow = nullptr;
    std::vector<Rows>* earlier = nullptr;  ///< gets the rows of the results before the last one
  };

  /// The rows of the last result. If the server reports several errors, the first is returned.
  Result<Rows> run(const Request& request, const Limits& limits);

  /// The requests of the series in one pipeline. A stop ends it as it ends a statement. `own_limit`: the time for each
  /// request of the form `one`.
  Result<> run_series(RequestSeries& series, milliseconds own_limit);

  /// Whether the last statement has left a transaction open.
  bool in_transaction() const noexcept { return !closed() && transaction_open_; }

  void close() noexcept;
  bool closed() const noexcept { return connection_ == nullptr; }

  std::string quote_identifier(std::string_view name) const;
  std::string quote_literal(std::string_view text) const;

  /// Let a stop wait for the statements that follow (`--on-stop=finish`); a second stop still ends them.
  void defer_stops(bool deferred) noexcept { tolerated_ = deferred ? 1 : 0; }

  /// For a session that only observes another one: it ignores the stops that have come so far, and a new one ends its
  /// statement at once without a cancel, because the other session needs the time.
  void only_watch() noexcept {
    tolerated_ = stop_->count();
    watching_ = true;
  }

  /// From now on this one looks at statements that give no answer.
  void oversee(std::unique_ptr<Overseer> overseer) noexcept;

  /// What the server keeps for series.
  PreparedStatements& prepared() noexcept { return prepared_; }
  const PreparedStatements& prepared() const noexcept { return prepared_; }

  StopToken& stop() noexcept { return *stop_; }
  Events& events() noexcept { return *events_; }

 private:
  class Borrowed;

  Result<> await_result(pg_conn* raw, const Limits& limits, Waiting& waiting);
  Result<> flush(pg_conn* raw, const Limits& limits);
  Result<> feed_copy(pg_conn* raw, std::string_view data);
  Error interrupted(pg_conn* raw, const Limits& limits);

  std::unique_ptr<pqxx::connection> connection_;
  std::unique_ptr<Overseer> overseer_;
  PreparedStatements prepared_;
  StopToken* stop_;
  Events* events_;
  bool transaction_open_ = false;
  bool autocommit_ = false;  ///< no transaction was open when the statement was sent
  int tolerated_ = 0;        ///< stops that do not end a statement
  bool watching_ = false;    ///< statements need no cancel
};

}  // namespace pge
