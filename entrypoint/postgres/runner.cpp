#include "postgres/runner.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <cstdlib>
#include <pqxx/connection>
#include <utility>

#include "core/patience.hpp"
#include "postgres/cancel.hpp"
#include "postgres/notices.hpp"
#include "postgres/overseer.hpp"
#include "postgres/pipeline.hpp"
#include "postgres/quoting.hpp"
#include "postgres/result_error.hpp"
#include "postgres/waiting.hpp"

namespace pge {
namespace {

Error lost(PGconn* raw, const Runner::Limits& limits) {
  return lost_connection(raw, limits.commit ? During::commit : During::statement);
}

}  // namespace

/// The raw connection, borrowed from libpqxx for the time of one statement.
class Runner::Borrowed {
 public:
  explicit Borrowed(Runner& owner) : owner_(owner), raw_(std::move(*owner.connection_).release_raw_connection()) {
    PQsetNoticeReceiver(raw_, report_notice, owner.events_);
  }
  /// It is given back only if it can be used again: not lost, and not in the middle of a statement.
  ~Borrowed() {
    owner_.transaction_open_ = PQtransactionStatus(raw_) != PQTRANS_IDLE;
    const bool idle = PQtransactionStatus(raw_) != PQTRANS_ACTIVE && PQpipelineStatus(raw_) == PQ_PIPELINE_OFF;
    if (PQstatus(raw_) == CONNECTION_OK && idle) {
      *owner_.connection_ = pqxx::connection::seize_raw_connection(raw_);
    } else {
      PQfinish(raw_);
      owner_.connection_.reset();
    }
  }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;

  PGconn* get() const noexcept { return raw_; }

 private:
  Runner& owner_;
  PGconn* raw_;
};

Runner::Runner(pg_conn* open, StopToken& stop, Events& events) : stop_(&stop), events_(&events) {
  PQsetnonblocking(open, 1);
  connection_ = std::make_unique<pqxx::connection>(pqxx::connection::seize_raw_connection(open));
}

Runner::~Runner() = default;
Runner::Runner(Runner&&) noexcept = default;

void Runner::oversee(std::unique_ptr<Overseer> overseer) noexcept {
  overseer_ = std::move(overseer);
}

void Runner::close() noexcept {
  connection_.reset();
}

std::string Runner::quote_identifier(std::string_view name) const {
  return closed() ? quoted_for_a_message(name, '"') : connection_->quote_name(name);
}

std::string Runner::quote_literal(std::string_view text) const {
  return closed() ? quoted_for_a_message(text, '\'') : connection_->quote(text);
}

Result<Rows> Runner::run(const Request& request, const Limits& limits) {
  if (closed()) return fail(closed_connection());
  const Borrowed borrowed(*this);
  PGconn* raw = borrowed.get();
  if (stop_->count() > tolerated_) return fail(stopped_by(stop_->requested()));
  autocommit_ = PQtransactionStatus(raw) == PQTRANS_IDLE;
  Waiting waiting(limits, limits.commit || autocommit_, overseer_.get(), *events_);
  if (!send(raw, request)) return fail(lost(raw, limits));
  if (auto flushed = flush(raw, limits); !flushed) return fail(flushed.error());

  Rows rows;
  std::optional<Error> first_error;
  for (;;) {
    if (auto arrived = await_result(raw, limits, waiting); !arrived)
      return fail(with_cause(arrived.error(), first_error));
    PGresult* result = PQgetResult(raw);
    if (result == nullptr) break;
    Rows current(result);
    switch (PQresultStatus(result)) {
      case PGRES_COPY_IN:
        if (auto fed = feed_copy(raw, limits.copy_data); !fed) {
          return fail(fed.error());
        }
        break;
      case PGRES_COPY_OUT:
      case PGRES_COPY_BOTH:
        return fail(ExitCode::migration_failed, "COPY … TO STDOUT has nowhere to go in a migration",
                    "write to a table, or to a file on the server");
      case PGRES_FATAL_ERROR:
      case PGRES_BAD_RESPONSE:
        if (!first_error)
          first_error = result_error(result, request.sql, limits.commit ? During::commit : During::statement);
        break;
      default:
        if (limits.earlier != nullptr && rows.columns() > 0) limits.earlier->push_back(std::move(rows));
        rows = std::move(current);
    }
  }
  if (PQstatus(raw) != CONNECTION_OK) return fail(with_cause(lost(raw, limits), first_error));
  if (first_error) return fail(std::move(*first_error));
  return rows;
}

Result<> Runner::run_series(RequestSeries& series, milliseconds own_limit) {
  const auto run = [&](bool& is_judged) -> Result<> {
    if (closed()) return fail(closed_connection());
    const Borrowed borrowed(*this);
    if (stop_->count() > tolerated_) return fail(stopped_by(stop_->requested()));
    Pipeline pipeline(borrowed.get(), series,
                      {.stop = *stop_,
                       .events = *events_,
                       .overseer = overseer_.get(),
                       .tolerated = tolerated_,
                       .own_limit = own_limit,
                       .prepared = prepared_});
    auto done = pipeline.run();
    is_judged = pipeline.is_judged();
    return done;
  };
  bool is_judged = false;
  auto done = run(is_judged);
  // Explaining an error may take a query, for which the connection has to be given back.
  return done || is_judged ? done : series.answered(fail(std::move(done.error())));
}

Result<> Runner::flush(pg_conn* raw, const Limits& limits) {
  for (int pending = PQflush(raw); pending != 0; pending = PQflush(raw)) {
    if (pending < 0) return fail(lost(raw, limits));
    switch (stop_->wait(PQsocket(raw), POLLIN | POLLOUT, limits.deadline, tolerated_)) {
      case Woke::stopped:
        return fail(interrupted(raw, limits));
      case Woke::timeout:
        return fail(lost(raw, limits));
      case Woke::ready:
        break;
    }
    // The server may send notices while a request is being sent. They must be read, or both sides would wait for each
    // other for ever.
    if (PQconsumeInput(raw) == 0) return fail(lost(raw, limits));
  }
  return {};
}

Result<> Runner::await_result(pg_conn* raw, const Limits& limits, Waiting& waiting) {
  const int seen = tolerated_;
  while (PQisBusy(raw) != 0) {
    switch (stop_->wait(PQsocket(raw), POLLIN, waiting.next(), seen)) {
      case Woke::stopped:
        return fail(interrupted(raw, limits));
      case Woke::timeout:
        if (auto goes_on = waiting.act(); !goes_on) return goes_on;
        break;
      case Woke::ready:
        if (PQconsumeInput(raw) == 0) return fail(lost(raw, limits));
    }
  }
  return {};
}

Error Runner::interrupted(pg_conn* raw, const Limits& limits) {
  const int asked = stop_->requested();
  const auto answered = [&](milliseconds longest) {
    const auto deadline = Clock::now() + longest;
    const int seen = stop_->count();
    while (PQisBusy(raw) != 0) {
      if (stop_->wait(PQsocket(raw), POLLIN, deadline, seen) != Woke::ready) return false;
      if (PQconsumeInput(raw) == 0) return false;
    }
    return true;
  };
  // A statement that commits by itself may have got as far as waiting for a standby, and then it must not be cancelled.
  const bool looks_first = !limits.commit && autocommit_ && overseer_;
  const Sighting seen = looks_first ? overseer_->cancel() : Sighting::unseen;
  if (limits.commit || seen == Sighting::waits_for_standby) {
    if (answered(patience::commit_answer)) {
      PGresult* result = PQgetResult(raw);
      const Rows owned(result);
      Error stopped = stopped_by(asked);
      if (!limits.commit) return stopped;
      if (result != nullptr && PQresultStatus(result) == PGRES_COMMAND_OK) {
        stopped.during = During::commit;
        stopped.message += owned.tag() == "COMMIT" ? "; the COMMIT in progress succeeded"
                                                   : "; the transaction was rolled back at COMMIT";
        return stopped;
      }
      if (result != nullptr && is_plain_error(result)) return stopped;  // undone; the caller says so
    }
    return stopped_in_commit(asked);
  }
  if (watching_) return stopped_by(asked);
  const bool blind = looks_first && seen == Sighting::unseen && overseer_->server_is_synchronous();
  const bool cancelled = seen == Sighting::at_work || (!blind && request_cancel(raw, *stop_));
  if (cancelled) answered(patience::cancel_answer);
  return stopped_by(asked);
}

Result<> Runner::feed_copy(pg_conn* raw, std::string_view data) {
  constexpr std::size_t piece = std::size_t{64} * 1024;
  for (std::size_t at = 0; at < data.size(); at += piece) {
    const auto size = std::min(piece, data.size() - at);
    int sent = 0;
    while ((sent = PQputCopyData(raw, data.data() + at, static_cast<int>(size))) == 0) {
      if (auto flushed = flush(raw, {}); !flushed) return flushed;
    }
    if (sent < 0) return fail(lost(raw, {}));
    if (auto flushed = flush(raw, {}); !flushed) return flushed;
  }
  if (PQputCopyEnd(raw, nullptr) < 0) return fail(lost(raw, {}));
  return flush(raw, {});
}

}  // namespace pge
