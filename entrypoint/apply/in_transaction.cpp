#include "apply/in_transaction.hpp"

#include <algorithm>
#include <format>
#include <functional>
#include <utility>

#include "apply/failure.hpp"
#include "apply/in_pipeline.hpp"
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

namespace {

/// COMMIT, when everything before it is `done`.
Result<> commit_part(const Turn& turn, const PartRun& run, Result<> done) {
  done = end_transaction(turn, std::move(done));
  if (!done) return fail(explain_commit_failure(run, run.part.statements.size(), done.error()));
  return {};
}

/// The transaction has to be opened in another way than usual, which takes messages of its own.
Result<> attempt_in_shape(const Turn& turn, const PartRun& run, Clock::time_point started,
                          const std::function<void()>& begun) {
  if (auto sound = verify_session(turn); !sound) return sound;
  begun();
  if (auto ready = turn.profile.apply(turn.session); !ready) return ready;
  if (auto set = SessionProfile::set_lock_timeout(turn.session, run.lock_timeout); !set) return set;
  auto done = begin_transaction(turn, run, run.part.shape, 0);
  if (done) done = run_ahead(turn, run, run.part.shape.leading, frame_of_row(turn, run, started, begun));
  return commit_part(turn, run, std::move(done));
}

/// One try. `begun` is called, perhaps twice, before it is said that any statement has run.
Result<> attempt(const Turn& turn, const PartRun& run, Clock::time_point started, const std::function<void()>& begun) {
  const TransactionShape& shape = run.part.shape;
  if (shape.isolation || shape.leading > 0) return attempt_in_shape(turn, run, started, begun);
  if (auto chosen = turn.profile.choose_safety(turn.session); !chosen) return chosen;
  const auto run_all = [&] { return run_ahead(turn, run, 0, frame_of_transaction(turn, run, started, begun)); };
  auto done = run_all();
  PreparedStatements& prepared = turn.session.prepared();
  if (!done && prepared.take_change() && !turn.session.closed()) {
    // This file, or the one before it, has prepared or deallocated statements: so once without any of ours.
    turn.session.rollback();
    prepared.keep(false);
    done = run_all();
    prepared.keep(true);
  }
  return commit_part(turn, run, std::move(done));
}

}  // namespace

Result<> run_in_transaction(const Turn& turn, const PartRun& run) {
  const auto started = Clock::now();
  bool told = false;
  const auto begun = [&] {
    if (!std::exchange(told, true)) tell_started(turn, run);
  };
  for (Retries retries(turn.session, turn.retries);;) {
    PartRun limited = run;
    limited.lock_timeout = turn.retries.timeout_of_try(retries.failed(), run.lock_timeout);
    auto done = attempt(turn, limited, started, begun);
    if (done) return done;
    if (auto paused = retries.pause_after(done.error(), run.label); !paused) return paused;
  }
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
  return commit_part(turn, limited, std::move(done));
}

}  // namespace pge
