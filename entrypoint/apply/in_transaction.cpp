#include "apply/in_transaction.hpp"

#include <algorithm>
#include <format>

#include "core/text.hpp"
#include "sql/tokens.hpp"

namespace pge {
namespace {

/// A read-only or stopping server is not the migration's fault: the primary is elsewhere, or will be back.
bool is_outage(const Error& error) {
  return error.connection_lost || error.sqlstate == "25006" || error.sqlstate.starts_with("57P");
}

/// What to do when the server has run out of something (class 53).
std::string shortage_hint(const Script& script, std::string_view sqlstate) {
  const std::string_view what = sqlstate == "53100"   ? "make room on the server's disk: data directory, tablespaces"
                                : sqlstate == "53200" ? "give the server more memory, or ask less of it (work_mem)"
                                                      : "the server is short of a resource: see its log";
  return std::format(
      "{}; then start again: {}", what,
      script.part.transactional ? "nothing of this migration is applied" : "it goes on with this statement");
}

}  // namespace

Error in_migration(const Script& script, const Statement& statement, Error error) {
  if (error.stop_signal != 0) return error;
  if (is_outage(error)) {
    error.code = ExitCode::unavailable;
    error.connection_lost = true;
    error.message = std::format("in migration {}: {}", script.label, error.message);
    error.where = script.part.source.at(statement.offset + SqlTokens(statement.sql).peek().offset);
    error.hint = "if it ends here each time, this statement ends the server's process: see the server's log";
    return error;
  }
  const bool in_statement = error.position > 0 && statement.sql.starts_with(error.statement);
  const std::size_t inside =
      in_statement ? byte_offset(statement.sql, error.position) : SqlTokens(statement.sql).peek().offset;
  error.where = script.part.source.at(statement.offset + inside);
  if (error.code != ExitCode::gave_way) error.code = ExitCode::migration_failed;
  error.message = std::format("migration {} failed: {}", script.label, error.message);
  if (error.sqlstate.starts_with("53")) {
    error.hint = shortage_hint(script, error.sqlstate);
  } else if (error.hint.empty() && error.code == ExitCode::gave_way) {
    error.hint = "end the transaction that holds the lock, or raise --lock-timeout or --lock-retries";
  } else if (error.hint.empty() && error.sqlstate == "42501") {
    error.hint = "grant the right to the migrating role, or migrate as the owner: --role or MIGRATE_DATABASE_URL";
  } else if (script.part.transactional && (error.sqlstate == "25001" || error.sqlstate == "2D000")) {
    error.hint =
        "it cannot run in a transaction: add this line at the top of the file: -- pg-entrypoint: no-transaction";
  } else if (error.hint.empty() && error.sqlstate == "57014") {
    error.hint = "the server cancelled it: statement_timeout (--statement-timeout), or an administrator";
  } else if (error.hint.empty()) {
    error.hint = !script.part.transactional
                     ? std::format(
                           "correct this statement, leave those before it as they are, and: "
                           "pg-entrypoint accept {}; then start again",
                           script.key.version)
                     : "correct the file and start again; migrations before this one stay applied";
  }
  return error;
}

Result<> run_statement(const Workbench& bench, const Script& script, const Statement& statement,
                       milliseconds lock_timeout) {
  const SlowHook slow{.after = lock_timeout * 3 / 4, .act = [&] { bench.retries.report_blockers(bench.session); }};
  const bool watched = lock_timeout.count() > 0 && bench.retries.report_blockers != nullptr;
  bench.session.events().debug("statement", {Field::sql("sql", excerpt(statement.sql))});
  auto done = bench.session.execute(statement.sql, statement.copy_data, watched ? &slow : nullptr);
  if (!done) return fail(in_migration(script, statement, done.error()));
  return {};
}

Result<> with_retries(const Workbench& bench, const Script& script, const std::function<Result<>()>& attempt) {
  Jitter jitter;
  for (unsigned tries = 0;; ++tries) {
    auto done = attempt();
    if (done || done.error().code != ExitCode::gave_way || done.error().stop_signal != 0) return done;
    bench.session.rollback();
    if (tries >= bench.retries.count) return done;
    const milliseconds pause = bench.retries.backoff.pause(tries, jitter());
    bench.session.events().warning("migration gave way to a lock, trying again",
                                   {{"name", script.label},
                                    {"at", done.error().where.to_string()},
                                    {"sqlstate", done.error().sqlstate},
                                    {"try", tries + 1},
                                    {"of", bench.retries.count + 1},
                                    {"pause_ms", pause}});
    if (auto slept = bench.session.stop().pause(pause); !slept) return slept;
  }
}

Result<> in_transaction(const Workbench& bench, const std::function<Result<>()>& body) {
  auto done = bench.session.batch("begin read write");
  if (done) done = bench.lock.pin_to_transaction();
  if (done) done = body();
  if (done) done = bench.session.commit();
  if (!done) bench.session.rollback();
  return done;
}

namespace {

/// An error at COMMIT (a deferred constraint) belongs to the file as a whole.
Error at_commit(const Script& script, Error error) {
  if (!script.part.statements.empty() && error.statement == "COMMIT" && error.code != ExitCode::in_doubt) {
    return in_migration(script, script.part.statements.back(), std::move(error));
  }
  return error;
}

}  // namespace

Result<> run_in_transaction(const Workbench& bench, const Script& script) {
  const auto started = Clock::now();
  return with_retries(bench, script, [&]() -> Result<> {
    if (auto ready = bench.profile.apply(bench.session); !ready) return ready;
    if (auto set = SessionProfile::set_lock_timeout(bench.session, script.lock_timeout); !set) return set;
    auto done = in_transaction(bench, [&]() -> Result<> {
      if (auto begun = script.begin(); !begun) return begun;
      for (const Statement statement : script.part.statements) {
        if (auto ran = run_statement(bench, script, statement, script.lock_timeout); !ran) return ran;
      }
      if (auto ours = bench.profile.restore_identity(bench.session); !ours) return ours;
      return script.finish(std::chrono::duration_cast<milliseconds>(Clock::now() - started));
    });
    if (!done) return fail(at_commit(script, done.error()));
    return {};
  });
}

}  // namespace pge
