#include "postgres/session.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <cstdlib>
#include <format>
#include <pqxx/connection>
#include <utility>

#include "postgres/result_error.hpp"

namespace pge {
namespace {

constexpr seconds own_statement_limit{30};
constexpr milliseconds cancel_patience{400};   // to deliver the request
constexpr milliseconds answer_patience{400};   // to see the server's answer to it
constexpr milliseconds commit_patience{1000};  // after a stop, once COMMIT is sent

/// The raw connection, borrowed from libpqxx for the time of one statement.
class Borrowed {
 public:
  Borrowed(std::unique_ptr<pqxx::connection>& owner, Events& events)
      : owner_(owner), raw_(std::move(*owner).release_raw_connection()) {
    PQsetNoticeReceiver(raw_, report_notice, &events);
  }
  /// Given back only when it can be used again: not lost, and not in the middle of a statement.
  ~Borrowed() {
    if (PQstatus(raw_) == CONNECTION_OK && PQtransactionStatus(raw_) != PQTRANS_ACTIVE) {
      *owner_ = pqxx::connection::seize_raw_connection(raw_);
    } else {
      PQfinish(raw_);
      owner_.reset();
    }
  }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;

  PGconn* get() const noexcept { return raw_; }

 private:
  static void report_notice(void* events, const PGresult* result) {
    const char* severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (severity == nullptr || message == nullptr) return;
    const std::string_view kind = severity;
    const Level level = kind == "WARNING"                  ? Level::warning
                        : kind == "DEBUG" || kind == "LOG" ? Level::debug
                                                           : Level::info;
    static_cast<Events*>(events)->event(level, "server: " + std::string(message), {});
  }

  std::unique_ptr<pqxx::connection>& owner_;
  PGconn* raw_;
};

/// An answer of a server that goes on: it has rolled back. One that ends (FATAL) may have committed before.
bool is_plain_error(const PGresult* result) {
  const char* severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  return severity != nullptr && std::string_view(severity) == "ERROR";
}

/// Ask the server to cancel, without blocking for longer than `cancel_patience` (a black hole would). True when the
/// server has taken the request.
bool request_cancel(PGconn* raw, StopToken& stop) {
  const std::unique_ptr<PGcancelConn, decltype(&PQcancelFinish)> cancel(PQcancelCreate(raw), PQcancelFinish);
  if (!cancel || PQcancelStart(cancel.get()) == 0) return false;
  const auto deadline = Clock::now() + cancel_patience;
  const int seen = stop.count();
  PostgresPollingStatusType state = PGRES_POLLING_WRITING;
  for (; state == PGRES_POLLING_WRITING || state == PGRES_POLLING_READING; state = PQcancelPoll(cancel.get())) {
    const short events = state == PGRES_POLLING_WRITING ? POLLOUT : POLLIN;
    if (stop.wait(PQcancelSocket(cancel.get()), events, deadline, seen) != Woke::ready) return false;
  }
  return state == PGRES_POLLING_OK;
}

}  // namespace

Session::Session(pg_conn* open, StopToken& stop, Events& events) : stop_(&stop), events_(&events) {
  PQsetnonblocking(open, 1);
  for (const auto& [name, value] :
       {std::pair{"host", PQhost(open)}, {"hostaddr", PQhostaddr(open)}, {"port", PQport(open)}}) {
    if (value != nullptr && *value != '\0') address_.emplace(name, value);
  }
  connection_ = std::make_unique<pqxx::connection>(pqxx::connection::seize_raw_connection(open));
}

Session::~Session() = default;
Session::Session(Session&&) noexcept = default;

void Session::close() noexcept {
  connection_.reset();
}

Result<> Session::identify(milliseconds patience) {
  const char* sql =
      "select pg_catalog.pg_backend_pid(), pg_catalog.pg_is_in_recovery(), "
      "pg_catalog.current_setting('server_version_num'), "
      "pg_catalog.current_setting('default_transaction_read_only') = 'on'";
  int key_pid = 0;
  auto rows = run(
      [&](pg_conn* raw) {
        key_pid = PQbackendPID(raw);
        return PQsendQueryParams(raw, sql, 0, nullptr, nullptr, nullptr, nullptr, 0);
      },
      sql, {.deadline = Clock::now() + patience});
  if (!rows) return std::unexpected(rows.error());
  info_.backend_pid = static_cast<int>(rows->integer(0, 0));
  info_.in_recovery = rows->boolean(0, 1);
  info_.version = static_cast<int>(rows->integer(0, 2));
  info_.read_only = rows->boolean(0, 3);
  info_.pooled = key_pid != info_.backend_pid;
  return {};
}

Result<Rows> Session::query(std::string_view sql, const std::vector<std::string>& parameters) {
  std::vector<const char*> values;
  values.reserve(parameters.size());
  for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
  const std::string text(sql);
  return run(
      [&](pg_conn* raw) {
        return PQsendQueryParams(raw, text.c_str(), static_cast<int>(values.size()), nullptr, values.data(), nullptr,
                                 nullptr, 0);
      },
      sql, {.deadline = Clock::now() + own_statement_limit});
}

Result<> Session::batch(const std::string& sql) {
  auto done = run([&](pg_conn* raw) { return PQsendQuery(raw, sql.c_str()); }, sql,
                  {.deadline = Clock::now() + own_statement_limit});
  if (!done) return std::unexpected(done.error());
  return {};
}

Result<> Session::execute(const std::string& sql, const std::optional<std::string>& copy_data, const SlowHook* slow) {
  auto done =
      run([&](pg_conn* raw) { return PQsendQueryParams(raw, sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0); },
          sql, {.deadline = {}, .copy_data = &copy_data, .slow = slow});
  if (!done) return std::unexpected(done.error());
  return {};
}

Result<> Session::commit() {
  auto done =
      run([](pg_conn* raw) { return PQsendQueryParams(raw, "COMMIT", 0, nullptr, nullptr, nullptr, nullptr, 0); },
          "COMMIT", {.deadline = {}, .commit = true});
  if (!done) return std::unexpected(done.error());
  // A transaction that an error has aborted answers COMMIT with a quiet ROLLBACK.
  if (done->tag() != "COMMIT") {
    return fail({.code = ExitCode::migration_failed,
                 .message = "the transaction was rolled back at COMMIT",
                 .statement = "COMMIT"});
  }
  return {};
}

void Session::rollback() noexcept {
  if (closed() || !in_transaction()) return;
  const auto done =
      run([](pg_conn* raw) { return PQsendQueryParams(raw, "ROLLBACK", 0, nullptr, nullptr, nullptr, nullptr, 0); },
          "ROLLBACK", {.deadline = Clock::now() + own_statement_limit});
  if (!done) close();
}

bool Session::in_transaction() const noexcept {
  if (closed()) return false;
  auto& self = const_cast<Session&>(*this);
  const Borrowed borrowed(self.connection_, *self.events_);
  return PQtransactionStatus(borrowed.get()) != PQTRANS_IDLE;
}

std::string Session::quote_identifier(std::string_view name) const {
  return connection_->quote_name(name);
}
std::string Session::quote_literal(std::string_view text) const {
  return connection_->quote(text);
}

Result<Rows> Session::run(const Send& send, std::string_view sql, const Limits& limits) {
  if (closed()) {
    return fail({.code = ExitCode::unavailable,
                 .message = "the connection to the database is closed",
                 .connection_lost = true});
  }
  const Borrowed borrowed(connection_, *events_);
  PGconn* raw = borrowed.get();
  if (stop_->count() > tolerated_) return fail(stopped_by(stop_->requested()));
  if (send(raw) == 0) return fail(lost(raw, limits.commit));
  if (auto flushed = flush(raw, limits); !flushed) return std::unexpected(flushed.error());

  Rows rows;
  std::optional<Error> first_error;
  for (;;) {
    if (auto arrived = await_result(raw, limits); !arrived) return std::unexpected(arrived.error());
    PGresult* result = PQgetResult(raw);
    if (result == nullptr) break;
    Rows current(result);
    switch (PQresultStatus(result)) {
      case PGRES_COPY_IN:
        if (auto fed = feed_copy(raw, limits.copy_data != nullptr ? limits.copy_data->value_or("") : ""); !fed) {
          return std::unexpected(fed.error());
        }
        break;
      case PGRES_COPY_OUT:
      case PGRES_COPY_BOTH:
        return fail(ExitCode::migration_failed, "COPY … TO STDOUT has no place to go in a migration",
                    "write to a table, or to a file on the server");
      case PGRES_FATAL_ERROR:
      case PGRES_BAD_RESPONSE:
        if (!first_error) first_error = result_error(result, sql);
        break;
      default:
        rows = std::move(current);
    }
  }
  if (PQstatus(raw) != CONNECTION_OK) {
    Error error = lost(raw, limits.commit);
    if (first_error) error.sqlstate = first_error->sqlstate;
    return fail(std::move(error));
  }
  if (first_error) return fail(std::move(*first_error));
  return rows;
}

Result<> Session::flush(pg_conn* raw, const Limits& limits) {
  for (int pending = PQflush(raw); pending != 0; pending = PQflush(raw)) {
    if (pending < 0) return fail(lost(raw, limits.commit));
    switch (stop_->wait(PQsocket(raw), POLLIN | POLLOUT, limits.deadline, tolerated_)) {
      case Woke::stopped:
        return fail(interrupted(raw, limits));
      case Woke::timeout:
        return fail(lost(raw, limits.commit));
      case Woke::ready:
        break;
    }
    // The server may be sending notices while we are sending: read, or both sides wait for each other for ever.
    if (PQconsumeInput(raw) == 0) return fail(lost(raw, limits.commit));
  }
  return {};
}

Result<> Session::await_result(pg_conn* raw, const Limits& limits) {
  bool slow_done = limits.slow == nullptr;
  const auto slow_at = slow_done ? Clock::time_point::max() : Clock::now() + limits.slow->after;
  const int seen = tolerated_;
  while (PQisBusy(raw) != 0) {
    auto until = limits.deadline;
    if (!slow_done) until = std::min(until.value_or(slow_at), slow_at);
    switch (stop_->wait(PQsocket(raw), POLLIN, until, seen)) {
      case Woke::stopped:
        return fail(interrupted(raw, limits));
      case Woke::timeout:
        if (!slow_done) {
          slow_done = true;
          limits.slow->act();
          break;
        }
        return fail({.code = ExitCode::unavailable,
                     .message = "the server has not answered in time",
                     .hint = "it may be stopped, overloaded or cut off from the network",
                     .connection_lost = true});
      case Woke::ready:
        if (PQconsumeInput(raw) == 0) return fail(lost(raw, limits.commit));
    }
  }
  return {};
}

Error Session::interrupted(pg_conn* raw, const Limits& limits) {
  const int asked = stop_->requested();
  const auto answered = [&](milliseconds patience) {
    const auto deadline = Clock::now() + patience;
    const int seen = stop_->count();
    while (PQisBusy(raw) != 0) {
      if (stop_->wait(PQsocket(raw), POLLIN, deadline, seen) != Woke::ready) return false;
      if (PQconsumeInput(raw) == 0) return false;
    }
    return true;
  };
  if (limits.commit) {
    if (answered(commit_patience)) {
      PGresult* result = PQgetResult(raw);
      const Rows owned(result);
      Error stopped = stopped_by(asked);
      if (result != nullptr && PQresultStatus(result) == PGRES_COMMAND_OK) {
        stopped.message += owned.tag() == "COMMIT" ? "; the COMMIT that was under way has succeeded"
                                                   : "; the transaction was rolled back at COMMIT";
        return stopped;
      }
      if (result != nullptr && is_plain_error(result)) return stopped;
    }
    return {.code = ExitCode::in_doubt,
            .message = std::format("{} while COMMIT was under way and unanswered: its outcome is unknown",
                                   stopped_by(asked).message),
            .hint = "start again: the history tells what was committed",
            .connection_lost = true,
            .stop_signal = asked};
  }
  if (watching_) return stopped_by(asked);
  if (request_cancel(raw, *stop_)) answered(answer_patience);
  return stopped_by(asked);
}

Result<> Session::feed_copy(pg_conn* raw, const std::string& data) {
  constexpr std::size_t piece = std::size_t{64} * 1024;
  for (std::size_t at = 0; at < data.size(); at += piece) {
    const auto size = std::min(piece, data.size() - at);
    int sent = 0;
    while ((sent = PQputCopyData(raw, data.data() + at, static_cast<int>(size))) == 0) {
      if (auto flushed = flush(raw, {}); !flushed) return flushed;
    }
    if (sent < 0) return fail(lost(raw, false));
    if (auto flushed = flush(raw, {}); !flushed) return flushed;
  }
  if (PQputCopyEnd(raw, nullptr) < 0) return fail(lost(raw, false));
  return flush(raw, {});
}

Error Session::lost(pg_conn* raw, bool commit) {
  std::string reason = one_line_message(PQerrorMessage(raw));
  if (reason.empty()) reason = "no answer";
  return {.code = commit ? ExitCode::in_doubt : ExitCode::unavailable,
          .message = commit ? "the connection was lost while COMMIT was under way, its outcome is unknown: " + reason
                            : "the connection to the database was lost: " + reason,
          .connection_lost = true};
}

}  // namespace pge
