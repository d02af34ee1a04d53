#include "apply/in_transaction.hpp"

#include <algorithm>
#include <format>
#include <utility>

#include "apply/failure.hpp"
#include "postgres/blockers.hpp"

namespace pge {

milliseconds LockRetries::timeout_of_try(unsigned number, milliseconds longest) const noexcept {
  constexpr unsigned most_doublings = 16;  // from half a second to hours
  const unsigned left = std::min(count - std::min(number, count), most_doublings);
  const milliseconds grown = patience::first_lock_try * (1U << std::min(number, most_doublings));
  return std::min(longest, std::max(grown, longest / (1U << left)));
}

Result<> run_statement(const Turn& turn, const PartRun& run, const Statement& statement, milliseconds lock_timeout) {
  const SlowHook slow{.after = lock_timeout * 3 / 4, .act = [&] { report_blockers(turn.session, turn.connection); }};
  const bool watched = lock_timeout.count() > 0;
  turn.session.events().debug("statement", {Field::sql("sql", excerpt(statement.sql))});
  auto done = turn.session.execute(statement.sql, statement.copy_data, watched ? &slow : nullptr);
  if (!done) return fail(explain_failure(run, statement, done.error()));
  return {};
}

Result<> Retries::pause_after(const Error& error, const std::string& name) {
  if (!error.may_try_again()) return fail(error);
  session_.rollback();
  if (failed_ >= policy_.count) return fail(error);
  // The application needs as much time as the try has taken from it.
  const auto taken = std::chrono::ceil<milliseconds>(Clock::now() - started_);
  const milliseconds pause =
      std::max(policy_.backoff.pause(failed_++, jitter_()), std::min(taken, policy_.backoff.maximum));
  session_.events().warning("migration gave way to a lock, retrying", {{"name", name},
                                                                       {"at", error.where.to_string()},
                                                                       {"sqlstate", std::string(error.sqlstate())},
                                                                       {"try", failed_},
                                                                       {"of", policy_.count + 1},
                                                                       {"pause_ms", pause}});
  auto paused = session_.stop().pause(pause);
  start_try();
  return paused;
}

Result<> begin_transaction(const Turn& turn) {
  auto done = turn.session.batch("begin read write");
  return done ? turn.lock.pin_to_transaction() : done;
}

Result<> begin_transaction(const Turn& turn, const PartRun& run, const TransactionShape& shape, std::size_t first) {
  auto done = turn.session.batch(shape.isolation
                                     ? std::format("begin isolation level {} read write", level_name(*shape.isolation))
                                     : "begin read write");
  for (std::size_t i = first; done && i < first + shape.leading; ++i) {
    done = run_statement(turn, run, run.part.statements[i], run.lock_timeout);
  }
  return done ? turn.lock.pin_to_transaction() : done;
}

Result<> end_transaction(const Turn& turn, Result<> done) {
  if (done) done = turn.session.commit();
  if (!done) turn.session.rollback();
  return done;
}

Result<> run_in_open_transaction(const Turn& turn, const PartRun& run) {
  const auto started = Clock::now();
  if (auto sound = verify_session(turn); !sound) return sound;
  tell_started(turn, run);
  PartRun limited = run;
  limited.lock_timeout = turn.retries.timeout_of_try(turn.retries.failed, run.lock_timeout);
  auto done = SessionProfile::set_lock_timeout_locally(turn.session, limited.lock_timeout);
  if (done) done = start_row(turn, limited);
  // One by one: a pooler has the pipeline pass through code of its own.
  for (std::size_t i = run.part.shape.leading; done && i < run.part.statements.size(); ++i) {
    done = run_statement(turn, limited, run.part.statements[i], limited.lock_timeout);
  }
  if (done) done = turn.profile.restore_identity(turn.session);
  if (done) done = finish_row(turn, run, std::chrono::duration_cast<milliseconds>(Clock::now() - started));
  done = end_transaction(turn, std::move(done));
  if (!done) return fail(explain_commit_failure(limited, run.part.statements.size(), done.error()));
  return {};
}

}  // namespace pge
