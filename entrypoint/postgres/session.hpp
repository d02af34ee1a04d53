#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/events.hpp"
#include "core/patience.hpp"
#include "core/stop.hpp"
#include "postgres/backend.hpp"
#include "postgres/own_statement.hpp"
#include "postgres/query.hpp"
#include "postgres/rows.hpp"
#include "postgres/runner.hpp"

namespace pge {

/// What the server said about itself when the session started.
struct ServerInfo {
  Backend backend = {};        ///< which process serves this session
  std::string database;        ///< the database's OID; empty: it cannot be read
  int version = 0;             ///< server_version_num, for example 170004
  bool in_recovery = false;    ///< a standby
  bool read_only = false;      ///< default_transaction_read_only
  std::string encoding;        ///< server_encoding: "UTF8", "LATIN1"
  bool synchronous = false;    ///< synchronous_standby_names is set: a COMMIT may wait for a standby
  std::string login_defaults;  ///< digest of the settings stored for new sessions; empty: they cannot be read
  bool pooled = false;         ///< a pooler is in front: the backend key's pid is not the backend's
};

/// One connection to PostgreSQL, and everything that is asked of it, expressed with the one statement runner.
class Session {
 public:
  /// Takes over an open libpq connection.
  Session(pg_conn* open, StopToken& stop, Events& events);

  /// Where this very connection leads: host, hostaddr, port, dbname and user as libpq's parameters.
  const std::map<std::string, std::string>& address() const noexcept { return address_; }

  /// Ask the server who it is. Everything starts with this answer: "the database answers a query". Through a pooler the
  /// answer holds for the transaction in which it was asked.
  ///
  /// `along` is a query that is sent in the same message, to save a round trip; its answer is kept as that of a query
  /// which is asked ahead. Where the server refuses it, it is left out, so that `query` meets the error.
  Result<> identify(milliseconds limit, const std::string& along = {});
  const ServerInfo& server() const noexcept { return info_; }

  /// Whose login defaults this session has; nothing before they were looked up (see `login_defaults_proof`).
  struct LoginScope {
    std::string database;  ///< OID
    std::string role;      ///< OID
  };
  const std::optional<LoginScope>& login_scope() const noexcept { return login_scope_; }
  void keep_login_scope(LoginScope scope) { login_scope_ = std::move(scope); }

  /// Runs a statement of pg-entrypoint's own, with text parameters for $1, $2…; gives up after 30 s and closes the
  /// session.
  Result<Rows> query(std::string_view sql, const std::vector<std::string>& parameters = {});
  Result<Rows> query(const Query& query) { return this->query(query.sql, query.parameters); }

  /// The same, with its judgement of the answer.
  Result<> run(const OwnStatement& statement) { return statement.judged(query(statement.sql, statement.parameters)); }

  /// Asks what will be asked next, in one round trip: each answer is given to the `query` that is the same, in this
  /// order, some of which may be left out. Any other statement throws the answers away, so none is older than what this
  /// session has done. The first query that the server refuses and those behind it are left out, so that `query` meets
  /// the error. Through a pooler and in a transaction, which a refusal would abort, nothing is asked ahead.
  Result<> ask_ahead(const std::vector<Query>& queries);
  /// What was asked ahead is not wanted any more.
  void forget_answers() noexcept { ahead_.clear(); }

  /// Statements that belong together, in one round trip (see `RequestSeries`). Never COPY, and none that commits by
  /// itself; COMMIT only as the first.
  Result<> run_series(RequestSeries& series) {
    ahead_.clear();
    return runner_.run_series(series, own_limit_);
  }

  /// Runs several statements of pg-entrypoint's own in one round trip and one implicit transaction. Never use it for
  /// text from a file.
  Result<> batch(const std::string& sql);

  /// One statement of a migration, without a time limit but the server's. The extended protocol protects against
  /// a mistake of the splitter: the server refuses a text that holds two statements. `copy_data` is fed to a COPY …
  /// FROM STDIN. A long statement takes three times its length of memory while it runs; copy data takes none.
  Result<> execute(std::string_view sql, std::optional<std::string_view> copy_data = {},
                   const SlowHook* slow = nullptr);

  /// COMMIT. Once it is sent nothing cancels it: on a stop the answer is awaited for one second more. Without an
  /// answer the outcome is unknown: `in_doubt`.
  Result<> commit();

  /// ROLLBACK if a transaction is open; an error here is of no interest, the connection is closed then.
  void rollback() noexcept;

  /// Whether the last statement has left a transaction open.
  bool in_transaction() const noexcept { return runner_.in_transaction(); }

  void close() noexcept { runner_.close(); }
  bool closed() const noexcept { return runner_.closed(); }

  /// Its socket, for another process to keep it open; not to be read or written. -1 when it is closed.
  int socket() const noexcept { return closed() ? -1 : socket_; }

  std::string quote_identifier(std::string_view name) const { return runner_.quote_identifier(name); }
  std::string quote_literal(std::string_view text) const { return runner_.quote_literal(text); }

  /// Let a stop wait for the statements that follow (`--on-stop=finish`); a second stop still ends them.
  void defer_stops(bool deferred) noexcept { runner_.defer_stops(deferred); }

  /// How long each of our own statements may take from now on, instead of 30 s.
  void answer_within(milliseconds limit) noexcept { own_limit_ = limit; }

  /// For a session that only looks while another one works. Its statements give up after `limit`.
  void only_watch(milliseconds limit) noexcept {
    own_limit_ = limit;
    runner_.only_watch();
  }

  /// From now on this one looks at statements that give no answer.
  void oversee(std::unique_ptr<Overseer> overseer) noexcept;

  /// What the server keeps for `run_series`.
  PreparedStatements& prepared() noexcept { return runner_.prepared(); }
  const PreparedStatements& prepared() const noexcept { return runner_.prepared(); }

  StopToken& stop() noexcept { return runner_.stop(); }
  Events& events() noexcept { return runner_.events(); }

 private:
  struct Answer {
    Query query;
    Rows rows;
  };

  Result<Rows> ask_who(milliseconds limit, const std::string& along, std::vector<Rows>& earlier);
  void take_note(const Rows& who, const std::vector<Rows>& earlier);
  Result<> complete_defaults(milliseconds limit, const std::vector<Rows>& earlier);
  std::optional<Rows> take_answer(std::string_view sql, const std::vector<std::string>& parameters);
  Clock::time_point own_deadline() const { return Clock::now() + own_limit_; }

  ServerInfo info_;
  std::deque<Answer> ahead_;  ///< to what was asked ahead
  int key_pid_;               ///< of the key that the server gave for cancelling; a pooler gives one of its own
  int socket_;
  std::map<std::string, std::string> address_;
  milliseconds own_limit_ = patience::own_statement;
  std::optional<LoginScope> login_scope_;
  unsigned withheld_ = 0;  ///< which answers to `identify` this role may not have
  Runner runner_;
};

}  // namespace pge
