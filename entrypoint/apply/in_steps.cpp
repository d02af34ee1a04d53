#include "apply/in_steps.hpp"

#include <utility>

#include "apply/failure.hpp"
#include "apply/in_transaction.hpp"
#include "apply/repair.hpp"
#include "history/note.hpp"
#include "postgres/login_defaults.hpp"
#include "sql/concurrent_statement.hpp"
#include "sql/statement_kind.hpp"
#include "sql/transaction_control.hpp"

namespace pge {
namespace {

/// The steps of one part; `note_` is what the history says of the step that is under way.
class Steps {
 public:
  Steps(const Turn& turn, const PartRun& run, milliseconds longest) : turn_(turn), run_(run), longest_(longest) {
    if (!run.resume) return;
    first_ = run.resume->step;
    note_ = parse_note(run.resume->note);
  }

  Result<> run_all() {
    for (std::size_t index = first_; index < run_.part.steps(); ++index) {
      Retries retries(turn_.session, turn_.retries);
      for (;;) {
        if (auto limited = limit(turn_.retries.timeout_of_try(retries.failed(), longest_)); !limited) return limited;
        auto done = step(index);
        if (done) break;
        if (auto paused = retries.pause_after(done.error(), run_.label); !paused) return paused;
      }
      note_ = {};
      if (index + 1 == run_.part.steps()) break;
      // An interruption here would resume in a new session, so the defaults that it would get hold without one as well.
      if (auto current = check_login_defaults(turn_.session); !current) return current;
    }
    return {};
  }

  /// Runs the session settings (SET) of the steps that are already done, so that the remaining ones find them.
  Result<> replay_settings() {
    for (std::size_t index = 0; index < first_; ++index) {
      const Step here = run_.part.step(index);
      auto done = here.block ? replay_block(here) : replay(here, is_session_setting);
      if (!done) return done;
    }
    return {};
  }

 private:
  /// Takes `timeout` for the lock time-out, unless a step of the file has set one of its own.
  Result<> limit(milliseconds timeout) {
    if (timeout == run_.lock_timeout) return {};
    auto set = SessionProfile::replace_lock_timeout(turn_.session, run_.lock_timeout, timeout);
    run_.lock_timeout = timeout;
    return set;
  }

  Result<> step(std::size_t index) {
    const Step here = run_.part.step(index);
    if (here.block) return together(index, here);
    const std::string_view sql = statement_of(index).sql;
    if (const auto concurrent = concurrent_index(sql)) return concurrently(index, *concurrent);
    if (const auto concurrent = concurrent_detach(sql)) return concurrently(index, *concurrent);
    if (must_run_alone(sql)) return alone(index);
    auto done = together(index, here);
    if (!done && needs_to_run_alone(done.error())) return alone(index);
    return done;
  }

  /// The statement of a step that is no block.
  Statement statement_of(std::size_t index) const { return run_.part.statements[run_.part.step(index).first]; }

  /// A step and its record in one transaction.
  Result<> together(std::size_t index, const Step& here) {
    auto done = begin_transaction(turn_, run_, here.shape, here.first);
    for (std::size_t i = here.shape.leading; done && i < here.size; ++i) {
      done = run_statement(turn_, run_, run_.part.statements[here.first + i], run_.lock_timeout);
    }
    if (done) done = record(index + 1);
    done = end_transaction(turn_, std::move(done));
    if (!done) return fail(explain_commit_failure(run_, here.first + here.size, done.error()));
    return {};
  }

  /// Runs those statements of a step that are `chosen`.
  Result<> replay(const Step& here, bool (*chosen)(std::string_view sql) noexcept) {
    for (std::size_t i = here.first; i < here.first + here.size; ++i) {
      const Statement statement = run_.part.statements[i];
      if (!chosen(statement.sql)) continue;
      if (auto done = run_statement(turn_, run_, statement, run_.lock_timeout); !done) return done;
    }
    return {};
  }

  /// A block may have taken back a setting by ROLLBACK TO.
  Result<> replay_block(const Step& here) {
    const auto settings = [](std::string_view sql) noexcept {
      return is_session_setting(sql) || transaction_control(sql) == TransactionControl::savepoint;
    };
    auto done = begin_transaction(turn_);
    if (done) done = replay(here, settings);
    return end_transaction(turn_, std::move(done));
  }

  /// CREATE INDEX CONCURRENTLY and similar statements: what an interrupted one left behind is repaired first.
  template <typename Concurrent>
  Result<> concurrently(std::size_t index, const Concurrent& statement) {
    if (auto held = turn_.lock.verify(); !held) return held;
    // The statement waits for other transactions without blocking anybody, so a lock time-out would only leave an
    // invalid index.
    if (auto set = SessionProfile::set_lock_timeout(turn_.session, milliseconds(0)); !set) return set;
    if (note_.kind == NoteKind::none) {
      auto before = note_before(turn_.session, statement);
      if (!before) return fail(explain_failure(run_, statement_of(index), before.error()));
      if (auto noted = take_note(index, *before); !noted) return noted;
    } else {
      auto outcome = repair(turn_.session, statement, note_);
      if (!outcome) return fail(explain_failure(run_, statement_of(index), outcome.error()));
      if (*outcome == RepairOutcome::done) return advance(index);
    }
    auto done = apart(index, milliseconds(0));
    return done ? advance(index) : done;
  }

  /// A statement that PostgreSQL refuses in a transaction block, or that may itself commit.
  Result<> alone(std::size_t index) {
    if (note_.kind == NoteKind::started && run_.part.on_doubt == OnDoubt::stop) {
      return fail(explain_doubt(run_, index, turn_.history));
    }
    if (auto held = turn_.lock.verify(); !held) return held;
    if (auto noted = take_note(index, {.kind = NoteKind::started}); !noted) return noted;
    const bool concurrent = is_concurrent(statement_of(index).sql);
    auto done = apart(index, concurrent ? milliseconds(0) : run_.lock_timeout);
    if (done) return advance(index);
    // The server refused it, so its outcome is known, unless the statement may have committed something before it
    // failed.
    if (!may_commit_inside(statement_of(index).sql) && done.error().server_answered() && !done.error().is_stop() &&
        !done.error().may_reconnect()) {
      turn_.session.rollback();
      if (auto cleared = take_note(index, {}); !cleared) return cleared;
    }
    return done;
  }

  /// Runs the statement outside any transaction. The lock is held, and the step is noted. `advance` has to follow.
  Result<> apart(std::size_t index, milliseconds lock_timeout) {
    if (auto set = SessionProfile::set_lock_timeout(turn_.session, lock_timeout); !set) return set;
    return run_statement(turn_, run_, statement_of(index), lock_timeout);
  }

  /// Records that a statement which ran apart is done, and restores the lock time-out. The statement may have given the
  /// lock away. Then other replicas find this session in the step's note and leave the step alone, but may have the
  /// lock for the moment that it takes to read that; so it is polled for, and kept until the record is committed.
  Result<> advance(std::size_t index) {
    LongWait wait(turn_.lock_policy);
    LockQueue queue(turn_.session, turn_.lock.key(), wait);
    for (;;) {
      if (auto begun = turn_.session.batch("begin read write"); !begun) return begun;
      auto pinned = turn_.lock.try_pin_to_transaction();
      if (pinned && *pinned) {
        // Trying the whole step again would run the statement a second time.
        auto done = end_transaction(turn_, record(index + 1));
        if (done) return SessionProfile::set_lock_timeout(turn_.session, run_.lock_timeout);
        if (!done.error().may_try_again()) return done;
      }
      turn_.session.rollback();
      if (!pinned) return fail(pinned.error());
      if (auto paused = queue.pause(); !paused) return paused;
    }
  }

  Result<> take_note(std::size_t index, const Note& note) {
    note_ = note;
    auto done = begin_transaction(turn_);
    if (done) done = turn_.profile.restore_identity_locally(turn_.session);
    if (done) done = turn_.history.note(turn_.lock, run_.key, index, note);
    return end_transaction(turn_, std::move(done));
  }

  Result<> record(std::size_t done) {
    if (auto ours = turn_.profile.restore_identity_locally(turn_.session); !ours) return ours;
    return turn_.history.advance(turn_.lock, run_.key, done);
  }

  const Turn& turn_;
  PartRun run_;           ///< with the lock time-out of the current try
  milliseconds longest_;  ///< the one of the last try
  std::size_t first_ = 0;
  Note note_;
};

}  // namespace

Result<> run_in_steps(const Turn& turn, const PartRun& run) {
  const auto started = Clock::now();
  if (auto sound = verify_session(turn); !sound) return sound;
  tell_started(turn, run);
  if (auto ready = turn.profile.apply(turn.session); !ready) return ready;
  PartRun first = run;
  first.lock_timeout = turn.retries.timeout_of_try(0, run.lock_timeout);
  if (auto set = SessionProfile::set_lock_timeout(turn.session, first.lock_timeout); !set) return set;
  Steps steps(turn, first, run.lock_timeout);
  if (!run.resume) {
    auto row = begin_transaction(turn);
    if (row) row = start_row(turn, run);
    if (row = end_transaction(turn, std::move(row)); !row) return row;
  } else {
    const std::initializer_list<Field> fields{
        {"name", run.label}, {"step", run.resume->step}, {"steps", run.part.steps()}};
    if (run.direction == Direction::apply) {
      turn.session.events().warning("resuming an interrupted migration", fields);
    } else {
      turn.session.events().warning("resuming an interrupted rollback", fields);
    }
    if (auto replayed = steps.replay_settings(); !replayed) return replayed;
  }
  if (auto done = steps.run_all(); !done) return done;
  auto done = begin_transaction(turn);
  if (done) done = turn.profile.restore_identity(turn.session);
  if (done) done = finish_row(turn, run, std::chrono::duration_cast<milliseconds>(Clock::now() - started));
  return end_transaction(turn, std::move(done));
}

}  // namespace pge
