#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/events.hpp"
#include "core/stop.hpp"
#include "postgres/rows.hpp"

struct pg_conn;  // NOLINT(readability-identifier-naming)
namespace pqxx {
class connection;  // NOLINT(readability-identifier-naming)
}

namespace pge {

/// What the server said of itself when the session began.
struct ServerInfo {
  int backend_pid = 0;       ///< pg_backend_pid()
  int version = 0;           ///< server_version_num, for example 170004
  bool in_recovery = false;  ///< a standby
  bool read_only = false;    ///< default_transaction_read_only
  bool pooled = false;       ///< a pooler is in front: the backend key's pid is not the backend's
};

/// Something to do when a statement has run for `after` and is not finished.
struct SlowHook {
  milliseconds after;
  std::function<void()> act;
};

/// One connection to PostgreSQL and the one way to run a statement on it: sent asynchronously, then a poll over
/// {socket, stop signal, deadline} (ADR 2). libpqxx owns the connection between statements.
///
/// A stop cancels the statement, waits at most 0.8 s for the request and the server's answer, and fails with the stop;
/// every later statement fails at once. A lost connection fails with `connection_lost`.
class Session {
 public:
  /// Takes over an open libpq connection.
  Session(pg_conn* open, StopToken& stop, Events& events);
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) = delete;

  /// Where this very connection leads: host, hostaddr and port as libpq's parameters.
  const std::map<std::string, std::string>& address() const noexcept { return address_; }

  /// Ask the server who it is. Everything starts with this answer: "the database answers a query".
  Result<> identify(milliseconds patience);
  const ServerInfo& server() const noexcept { return info_; }

  /// One statement of our own, with text parameters for $1, $2…; gives up (closing the session) after 30 s.
  Result<Rows> query(std::string_view sql, const std::vector<std::string>& parameters = {});

  /// Several statements of our own in one round trip and one implicit transaction. Never for text from a file.
  Result<> batch(const std::string& sql);

  /// One statement of a migration, without a time limit but the server's. The extended protocol is the fence: the
  /// server itself refuses a text that holds two statements. `copy_data` is fed to a COPY … FROM STDIN.
  /// A long statement takes three times its length of memory while it runs; copy data takes none.
  Result<> execute(std::string_view sql, std::optional<std::string_view> copy_data = {},
                   const SlowHook* slow = nullptr);

  /// COMMIT. Once it is sent nothing cancels it: on a stop the answer is awaited for one second more. Without an
  /// answer the outcome is unknown: `in_doubt`.
  Result<> commit();

  /// ROLLBACK if a transaction is open; an error here is of no interest, the connection is closed then.
  void rollback() noexcept;

  /// True while the server holds a transaction open for us.
  bool in_transaction() const noexcept;

  void close() noexcept;
  bool closed() const noexcept { return connection_ == nullptr; }

  std::string quote_identifier(std::string_view name) const;
  std::string quote_literal(std::string_view text) const;

  /// Let a stop wait for the statements that follow (`--on-stop=finish`); a second stop still ends them.
  void defer_stops(bool deferred) noexcept { tolerated_ = deferred ? 1 : 0; }

  StopToken& stop() noexcept { return *stop_; }
  Events& events() noexcept { return *events_; }

 private:
  struct Limits {
    std::optional<Clock::time_point> deadline;
    bool commit = false;
    std::string_view copy_data = {};
    const SlowHook* slow = nullptr;
  };
  using Send = std::function<int(pg_conn*)>;

  Result<Rows> run(const Send& send, std::string_view sql, const Limits& limits);
  Result<> await_result(pg_conn* raw, const Limits& limits);
  Result<> flush(pg_conn* raw, const Limits& limits);
  Result<> feed_copy(pg_conn* raw, std::string_view data);
  Error interrupted(pg_conn* raw, const Limits& limits);
  Error lost(pg_conn* raw, bool commit);

  std::unique_ptr<pqxx::connection> connection_;
  StopToken* stop_;
  Events* events_;
  ServerInfo info_;
  std::map<std::string, std::string> address_;
  int tolerated_ = 0;  ///< stops that do not end a statement
};

}  // namespace pge
