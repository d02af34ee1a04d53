#include "apply/in_steps.hpp"

#include <algorithm>
#include <format>

#include "apply/repair.hpp"
#include "core/text.hpp"
#include "sql/concurrent_statement.hpp"
#include "sql/statement_kind.hpp"

namespace pge {
namespace {

/// The note before a statement of which nothing can be seen afterwards.
constexpr const char* begun = "begun";

/// "cannot run inside a transaction block" and "invalid transaction termination": the statement was not run, and may
/// be run alone.
bool needs_to_run_alone(const Error& error) {
  return error.sqlstate == "25001" || error.sqlstate == "2D000";
}

/// The steps of one script; `note_` is what the history says of the step that is under way.
class Steps {
 public:
  Steps(const Workbench& bench, const Script& script)
      : bench_(bench), script_(script), first_(script.resume.value_or(Resume{}).step) {
    if (script.resume) note_ = script.resume->note;
  }

  Result<> run() {
    for (std::size_t index = first_; index < script_.part.statements.size(); ++index) {
      auto done = with_retries(bench_, script_, [&] { return step(index); });
      if (!done) return done;
      note_.clear();
    }
    return {};
  }

  /// Session settings of the statements that are done already, so that the resumed ones find them.
  Result<> replay_settings() {
    for (std::size_t index = 0; index < first_; ++index) {
      const Statement statement = script_.part.statements[index];
      if (!is_session_setting(statement.sql)) continue;
      if (auto done = run_statement(bench_, script_, statement, script_.lock_timeout); !done) return done;
    }
    return {};
  }

 private:
  Result<> step(std::size_t index) {
    const std::string_view sql = script_.part.statements[index].sql;
    if (const auto concurrent = concurrent_index(sql)) return concurrently(index, *concurrent);
    if (const auto concurrent = concurrent_detach(sql)) return concurrently(index, *concurrent);
    if (must_run_alone(sql)) return alone(index);
    auto done = in_transaction(bench_, [&]() -> Result<> {
      if (auto ran = run_statement(bench_, script_, script_.part.statements[index], script_.lock_timeout); !ran)
        return ran;
      return record(index + 1);
    });
    if (!done && needs_to_run_alone(done.error())) return alone(index);
    return done;
  }

  /// CREATE INDEX CONCURRENTLY and its like: what an interrupted one left is mended first.
  template <typename Concurrent>
  Result<> concurrently(std::size_t index, const Concurrent& statement) {
    if (auto held = bench_.lock.verify(); !held) return held;
    // It waits for every transaction without blocking anybody: a lock time-out would only leave an invalid index.
    if (auto set = SessionProfile::set_lock_timeout(bench_.session, milliseconds(0)); !set) return set;
    if (note_.empty()) {
      auto before = note_before(bench_.session, statement);
      if (!before) return fail(in_migration(script_, script_.part.statements[index], before.error()));
      if (auto noted = take_note(index, *before); !noted) return noted;
    } else {
      auto outcome = repair(bench_.session, statement, note_);
      if (!outcome) return fail(in_migration(script_, script_.part.statements[index], outcome.error()));
      if (*outcome == RepairOutcome::done) return advance(index);
    }
    return apart(index, milliseconds(0));
  }

  /// A statement that PostgreSQL does not let share a transaction, or that may commit inside.
  Result<> alone(std::size_t index) {
    if (note_ == begun && script_.part.on_doubt == OnDoubt::stop) {
      return fail({.code = ExitCode::in_doubt,
                   .message = std::format("migration {} was interrupted in statement {} of {}, which may have run",
                                          script_.label, index + 1, script_.part.statements.size()),
                   .hint = std::format("look whether it has; if so: {}; if not: {}",
                                       bench_.history.sql_for_doubt(script_.key, index + 1),
                                       bench_.history.sql_for_doubt(script_.key, std::nullopt)),
                   .where = script_.part.source.at(script_.part.statements[index].offset)});
    }
    if (auto noted = take_note(index, begun); !noted) return noted;
    const bool concurrent = refused_in_transaction(script_.part.statements[index].sql).ends_with("CONCURRENTLY");
    auto done = apart(index, concurrent ? milliseconds(0) : script_.lock_timeout);
    // The server has said no: there is no doubt, unless the statement may have committed something before that.
    if (!done && !may_commit_inside(script_.part.statements[index].sql) && !done.error().sqlstate.empty() &&
        done.error().stop_signal == 0 && !done.error().connection_lost) {
      bench_.session.rollback();
      if (auto cleared = take_note(index, ""); !cleared) return cleared;
    }
    return done;
  }

  /// The statement outside any transaction, then its step.
  Result<> apart(std::size_t index, milliseconds lock_timeout) {
    if (auto held = bench_.lock.verify(); !held) return held;
    if (auto set = SessionProfile::set_lock_timeout(bench_.session, lock_timeout); !set) return set;
    if (auto ran = run_statement(bench_, script_, script_.part.statements[index], lock_timeout); !ran) return ran;
    if (auto set = SessionProfile::set_lock_timeout(bench_.session, script_.lock_timeout); !set) return set;
    return advance(index);
  }

  Result<> advance(std::size_t index) {
    return in_transaction(bench_, [&] { return record(index + 1); });
  }

  Result<> take_note(std::size_t index, const std::string& text) {
    note_ = text;
    return in_transaction(bench_, [&]() -> Result<> {
      if (auto ours = bench_.profile.restore_identity_locally(bench_.session); !ours) return ours;
      return bench_.history.note(bench_.lock, script_.key, index, text);
    });
  }

  Result<> record(std::size_t done) {
    if (auto ours = bench_.profile.restore_identity_locally(bench_.session); !ours) return ours;
    return bench_.history.advance(bench_.lock, script_.key, done);
  }

  const Workbench& bench_;
  const Script& script_;
  std::size_t first_;
  std::string note_;
};

}  // namespace

Result<> run_in_steps(const Workbench& bench, const Script& script) {
  const auto started = Clock::now();
  if (auto ready = bench.profile.apply(bench.session); !ready) return ready;
  if (auto set = SessionProfile::set_lock_timeout(bench.session, script.lock_timeout); !set) return set;
  Steps steps(bench, script);
  if (!script.resume) {
    if (auto row = in_transaction(bench, script.begin); !row) return row;
  } else {
    bench.session.events().warning(
        "resuming an interrupted migration",
        {{"name", script.label}, {"step", script.resume->step}, {"steps", script.part.statements.size()}});
    if (auto replayed = steps.replay_settings(); !replayed) return replayed;
  }
  if (auto done = steps.run(); !done) return done;
  return in_transaction(bench, [&]() -> Result<> {
    if (auto ours = bench.profile.restore_identity(bench.session); !ours) return ours;
    return script.finish(std::chrono::duration_cast<milliseconds>(Clock::now() - started));
  });
}

}  // namespace pge
