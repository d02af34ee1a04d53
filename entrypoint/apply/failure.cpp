#include "apply/failure.hpp"

#include <format>
#include <optional>
#include <utility>

#include "apply/failure_place.hpp"
#include "sql/statement_kind.hpp"
#include "sql/transaction_control.hpp"

namespace pge {
namespace {

/// What the server has run out of (class 53), and what to do about it. Its own hint names the setting, where one helps.
std::string shortage(const Error& error) {
  // Segments of dynamic shared memory are files in /dev/shm, which has a size of its own in a container.
  if (error.is_sqlstate("53100") && error.message.contains("\"/PostgreSQL.")) {
    return "enlarge /dev/shm of the server's container (--shm-size; in Kubernetes an emptyDir in memory), or lower "
           "max_parallel_maintenance_workers and max_parallel_workers_per_gather";
  }
  if (error.is_sqlstate("53100")) return "free disk space on the server: data directory, tablespaces";
  if (!error.hint.empty()) return error.hint.substr(0, error.hint.find_last_not_of('.') + 1);
  if (error.is_sqlstate("53200")) return "give the server more memory, or lower work_mem";
  return "the server is short of a resource: see its log";
}

std::string shortage_hint(const PartRun& run, const Error& error) {
  return std::format("{}; then start again: {}", shortage(error),
                     run.part.transactional ? "nothing of this migration was applied" : "it resumes at this statement");
}

bool in_block(const Part& part, const Statement& statement) {
  for (std::size_t i = 0; i < part.statements.size(); ++i) {
    if (part.statements[i].offset == statement.offset) return part.blocks.contains(i);
  }
  return false;
}

/// SET TRANSACTION in one of its spellings, or set_config('transaction_isolation', …).
bool sets_transaction_modes(std::string_view sql) {
  return transaction_control(sql) == TransactionControl::set_modes || sql.contains("transaction_isolation");
}

/// What to do when the transaction that a statement runs in is the reason for its failure; 25001 and 2D000 have several
/// meanings. Empty: another reason.
std::string transaction_hint(const PartRun& run, const Statement& statement, const Error& error) {
  if (!needs_to_run_alone(error)) return {};
  const bool commits = error.is_sqlstate("2D000");
  if (!commits && sets_transaction_modes(statement.sql)) {
    return "it must come before the first query of its transaction: write SET TRANSACTION as the first statement, or "
           "at the top of the file, for example: -- pg-entrypoint: isolation=serializable";
  }
  if (commits && !may_commit_inside(statement.sql)) {
    return "a function cannot end a transaction: make it a procedure, and CALL it in a file that has this line at its "
           "top: -- pg-entrypoint: no-transaction";
  }
  if (!commits && !error.server->context.empty()) {
    return "PostgreSQL does not permit it inside a function or DO: write it as a statement of its own, in a file that "
           "has this line at its top: -- pg-entrypoint: no-transaction";
  }
  if (run.part.transactional) {
    return "it cannot run in a transaction: add this line at the top of the file: -- pg-entrypoint: no-transaction";
  }
  return in_block(run.part, statement) ? "it cannot run in a transaction: move it out of BEGIN … COMMIT" : "";
}

/// What to do next; a hint that the error has already stays, unless what is known here is more to the point.
std::string next_step(const PartRun& run, const Statement& statement, const Error& error) {
  if (error.sqlstate_class("53")) return shortage_hint(run, error);
  if (error.hint.empty() && error.is_sqlstate("40001")) {
    return "another transaction changed what this one reads or writes: start again, when less is written if it "
           "happens each time, or raise --lock-retries";
  }
  if (error.hint.empty() && error.may_try_again()) {
    return "end the transaction that holds the lock, or raise --lock-timeout or --lock-retries";
  }
  if (error.hint.empty() && error.is_sqlstate("42501")) {
    return "grant the permission to the migrating role, or migrate as the owner: --role or MIGRATE_DATABASE_URL";
  }
  if (std::string hint = transaction_hint(run, statement, error); !hint.empty()) return hint;
  if (!error.hint.empty()) return error.hint;
  if (error.is_sqlstate("57014")) {
    return "the server cancelled it: statement_timeout (--statement-timeout), or an administrator";
  }
  if (run.is_kept) {
    return std::format(
        "this down part was kept in the history, and no file here has it: correct it in the file that was applied and "
        "run pg-entrypoint down from an image with that file; or revert {} by hand and delete its row from the history",
        run.label);
  }
  if (run.direction == Direction::revert) {
    return "fix the down part in the file, which goes before the text kept in the history; then run pg-entrypoint down";
  }
  if (run.part.transactional) {
    return "nothing of this file stays: fix the file, or the data that it found, and start again";
  }
  return std::format(
      "the statements before it are committed, and the next start goes on here: fix the cause and start again; if it "
      "is "
      "in the file, change only what comes from here on, and run pg-entrypoint accept {} for the new checksum first",
      run.key.version);
}

}  // namespace

Error explain_failure(const PartRun& run, const Statement& statement, Error error) {
  if (error.is_stop() || error.code == ExitCode::in_doubt) return error;
  // A read-only server is not the migration's fault either: the primary is elsewhere, or will be back.
  if (error.is_sqlstate("25006")) {
    error.code = ExitCode::unavailable;
    error.next = Next::reconnect();
  }
  if (error.may_reconnect()) {
    error.message = std::format("in migration {}: {}", run.label, error.message);
    error.where = run.part.source.at(first_word(statement));
    if (error.hint.empty()) {
      error.hint = "if this happens every time, the statement crashes the server process: see the server's log";
    }
    return error;
  }
  error.where = run.part.source.at(error.server ? failure_place(run.part.source, statement, *error.server)
                                                : first_word(statement));
  // It is the statement that was refused, not we.
  if (error.code == ExitCode::refused) {
    error.code = ExitCode::migration_failed;
    error.next = Next::leave();
  }
  error.message = std::format("migration {} failed: {}", run.label, error.message);
  error.hint = next_step(run, statement, error);
  return error;
}

Error explain_commit_failure(const PartRun& run, std::size_t end, Error error) {
  if (end == 0 || error.during != During::commit) return error;
  return explain_failure(run, run.part.statements[end - 1], std::move(error));
}

Error explain_doubt(const PartRun& run, std::size_t index, const History& history) {
  return {.code = ExitCode::in_doubt,
          .message = std::format("migration {} was interrupted in step {} of {}, which may have run", run.label,
                                 index + 1, run.part.steps()),
          .hint = std::format("check whether it ran; if it did: {}; if it did not: {}",
                              history.sql_for_doubt(run.key, index + 1), history.sql_for_doubt(run.key, std::nullopt)),
          .where = run.part.source.at(run.part.statements[run.part.step(index).first].offset)};
}

bool needs_to_run_alone(const Error& error) {
  return error.is_sqlstate("25001") || error.is_sqlstate("2D000");
}

}  // namespace pge
