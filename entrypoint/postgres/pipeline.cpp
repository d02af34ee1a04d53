#include "postgres/pipeline.hpp"

#include <poll.h>

#include <utility>

#include "core/patience.hpp"
#include "postgres/cancel.hpp"
#include "postgres/result_error.hpp"
#include "postgres/runner.hpp"

namespace pge {
namespace {

// A statement that is longer than this is sent when all before it are answered, so that two of them are never in memory
// together.
constexpr std::size_t most_bytes = std::size_t{64} * 1024;
constexpr std::size_t most_requests = 256;

constexpr std::string_view no_such_statement = "26000";  // invalid_sql_statement_name

}  // namespace

Result<> Pipeline::run() {
  if (PQenterPipelineMode(raw_) != 1) return fail(lost());
  if (auto done = exchange(); !done) return fail(with_cause(done.error(), failure_));
  const bool left = PQexitPipelineMode(raw_) == 1;
  if (failure_) return fail(*std::move(failure_));
  return left ? Result<>() : fail(lost());
}

/// Everything up to the answer to the synchronisation. Fails with what makes the connection useless, and with a stop.
Result<> Pipeline::exchange() {
  for (;;) {
    if (auto filled = fill(); !filled) return filled;
    if (PQisBusy(raw_) != 0) {
      if (auto waited = wait(); !waited) return waited;
      continue;
    }
    PGresult* result = PQgetResult(raw_);
    if (result == nullptr) {
      finish_oldest();
    } else if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
      PQclear(result);
      return {};
    } else if (!take(result)) {
      return fail(ExitCode::migration_failed, "the server has answered with COPY to a statement that is none",
                  "write COPY … FROM stdin as a statement of its own");
    }
    if (PQstatus(raw_) != CONNECTION_OK || commit_unknown_) {
      return fail(stopping_ ? stopped_in_commit(around_.stop.requested()) : lost());
    }
    if (judged_) {
      cancel_the_rest();
      return {};
    }
  }
}

Result<> Pipeline::fill() {
  while (!synchronised_) {
    if (failure_) return synchronise();
    if (!held_) held_ = series_.next();
    if (!held_) return synchronise();
    const bool full = bytes_ + held_->sql.size() > most_bytes || ahead_.size() >= most_requests;
    if (full && !ahead_.empty()) break;
    if (!send(*held_)) return fail(lost());
    held_.reset();
  }
  return PQflush(raw_) < 0 ? fail(lost()) : Result<>();
}

Error Pipeline::lost() const {
  return lost_connection(raw_, commits() ? During::commit : During::statement);
}

/// One that is repeated is prepared first, unless the server has it already.
bool Pipeline::send(const Request& request) {
  PreparedStatements& prepared = around_.prepared;
  const bool keeps = request.repeated && prepared.keeps();
  std::string name = keeps ? prepared.name_of(request.sql) : "";
  if (keeps && name.empty()) {
    name = prepared.new_name();
    if (!name.empty()) {
      if (!send_preparation(raw_, name, request.sql)) return false;
      push({.sql = request.sql, .form = request.form, .prepares = name});
    }
  }
  if (name.empty() ? !send_ahead(raw_, request) : !send_prepared(raw_, name, request)) return false;
  push({.sql = request.sql, .form = request.form, .is_prepared = !name.empty(), .commit = request.commit});
  return true;
}

void Pipeline::push(Ahead sent) {
  bytes_ += sent.sql.size();
  ahead_.push_back(std::move(sent));
  if (ahead_.size() == 1) reach();
}

Result<> Pipeline::synchronise() {
  synchronised_ = true;
  const bool sent = PQpipelineSync(raw_) == 1 && PQflush(raw_) >= 0;
  return sent ? Result<>() : fail(lost());
}

/// Until something has come, or something more can be sent.
Result<> Pipeline::wait() {
  const int unsent = PQflush(raw_);
  if (unsent < 0) return fail(lost());
  const short events = unsent > 0 ? POLLIN | POLLOUT : POLLIN;
  auto until = waiting_ ? waiting_->next() : std::nullopt;
  if (stopping_) until = stopping_->until;
  switch (around_.stop.wait(PQsocket(raw_), events, until, stopping_ ? stopping_->seen : around_.tolerated)) {
    case Woke::stopped:
      return take_stop();
    case Woke::timeout:
      if (stopping_) return fail(stopped_in_commit(around_.stop.requested()));
      return waiting_ ? waiting_->act() : Result<>();
    case Woke::ready:
      if (PQconsumeInput(raw_) == 0) return fail(lost());
  }
  return {};
}

/// The answer to COMMIT is waited for, unless a second stop comes. Everything else is ended, then or at once.
Result<> Pipeline::take_stop() {
  const int asked = around_.stop.requested();
  if (stopping_) return fail(stopped_in_commit(asked));
  if (commits()) {
    stopping_ = {.until = Clock::now() + patience::commit_answer, .seen = around_.stop.count()};
    return {};
  }
  cancel_the_rest();
  return fail(stopped_by(asked));
}

/// False for a COPY, which a pipeline cannot have: libpq is of no use any more then.
bool Pipeline::take(PGresult* result) {
  Rows current(result);
  switch (PQresultStatus(result)) {
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
    case PGRES_COPY_BOTH:
      return false;
    case PGRES_PIPELINE_ABORTED:
      return true;
    case PGRES_FATAL_ERROR:
    case PGRES_BAD_RESPONSE:
      if (!failure_) {
        failure_ = result_error(result, ahead_.empty() ? "" : ahead_.front().sql,
                                commits() ? During::commit : During::statement);
        commit_unknown_ = commits() && !is_plain_error(result);
        const bool gone = !ahead_.empty() && ahead_.front().is_prepared && failure_->is_sqlstate(no_such_statement);
        if (gone) around_.prepared.notice_change();
      }
      return true;
    default:
      rows_ = std::move(current);
      return true;
  }
}

/// The oldest one has had all of its results.
void Pipeline::finish_oldest() {
  if (ahead_.empty()) return;
  Ahead oldest = std::move(ahead_.front());
  ahead_.pop_front();
  bytes_ -= oldest.sql.size();
  if (oldest.commit) stopping_.reset();
  if (!failure_ && !oldest.prepares.empty()) {
    around_.prepared.add(oldest.sql, std::move(oldest.prepares));
    rows_ = {};
  } else if (!failure_) {
    if (auto judged = series_.answered(std::exchange(rows_, {})); !judged) {
      failure_ = judged.error();
      judged_ = true;
      return;
    }
  }
  reach();
}

/// The server has come to the oldest one, or to the synchronisation; after a failure it runs nothing on the way there.
void Pipeline::reach() {
  const bool runs = !ahead_.empty() && !failure_;
  const bool commit = runs && commits();
  const bool own = !runs || ahead_.front().form == Request::Form::one;
  std::optional<Clock::time_point> deadline;
  if (own && !commit) deadline = Clock::now() + around_.own_limit;
  const SlowHook* slow = runs ? series_.reached() : nullptr;
  waiting_.emplace(Runner::Limits{.deadline = deadline, .commit = commit, .slow = slow}, commit, around_.overseer,
                   around_.events);
  if (!own) PQsetSingleRowMode(raw_);
}

/// A cancel that comes when the server is between two requests is lost, so it is repeated when another one succeeds.
/// What is not cancelled then ends with the connection.
void Pipeline::cancel_the_rest() {
  if (!synchronised_ && !synchronise()) return;
  if (!request_cancel(raw_, around_.stop)) return;
  const auto deadline = Clock::now() + patience::cancel_answer;
  const int seen = around_.stop.count();
  while (Clock::now() < deadline) {
    while (PQisBusy(raw_) != 0) {
      const short events = PQflush(raw_) > 0 ? POLLIN | POLLOUT : POLLIN;
      if (around_.stop.wait(PQsocket(raw_), events, deadline, seen) != Woke::ready) return;
      if (PQconsumeInput(raw_) == 0) return;
    }
    PGresult* result = PQgetResult(raw_);
    const ExecStatusType status = PQresultStatus(result);
    const bool lost = result != nullptr && (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK);
    PQclear(result);
    if (result != nullptr && status == PGRES_PIPELINE_SYNC) return;
    if (lost && !request_cancel(raw_, around_.stop)) return;
  }
}

}  // namespace pge
