#include "migrations/transaction_rules.hpp"

#include <format>
#include <optional>
#include <string>

#include "migrations/statement_rules.hpp"

namespace pge {
namespace {

class TransactionJudge {
 public:
  explicit TransactionJudge(const Part& part) : part_(part), directive_(part.shape.isolation) {
    judged_.shape.isolation = directive_;
  }

  Result<JudgedTransaction> run(StatementRange range, const Statement* opening) {
    if (opening != nullptr) {
      if (auto taken = take(*opening); !taken) return fail(std::move(taken.error()));
    }
    std::size_t at = range.first;
    for (; at < range.end; ++at) {
      const Statement statement = part_.statements[at];
      const bool modes = transaction_control(statement.sql) == TransactionControl::set_modes;
      if (!modes && !takes_no_snapshot(statement.sql)) break;
      if (!modes) {
        look_at(statement);
        continue;
      }
      if (auto taken = take(statement); !taken) return fail(std::move(taken.error()));
      judged_.said.push_back(at);
    }
    for (; at < range.end; ++at) {
      const Statement statement = part_.statements[at];
      if (transaction_control(statement.sql) != TransactionControl::set_modes) continue;
      if (auto fit = refuse_late(statement); !fit) return fail(std::move(fit.error()));
    }
    if (late_lock_ && judged_.shape.isolation.value_or(Isolation::read_committed) != Isolation::read_committed) {
      return invalid_statement(part_.source, *late_lock_,
                               "this LOCK TABLE would come after the first query of its transaction",
                               "pg-entrypoint writes the history row after LOCK TABLE, SET lock_timeout, SET "
                               "statement_timeout and SET search_path: move other statements below it");
    }
    return std::move(judged_);
  }

 private:
  /// A statement before the first query that is no SET TRANSACTION.
  void look_at(const Statement& statement) {
    ++seen_;
    if (!is_table_lock(statement.sql)) {
      only_harmless_ = only_harmless_ && is_harmless_setting(statement.sql);
    } else if (only_harmless_) {
      judged_.shape.leading = seen_;
    } else {
      late_lock_ = statement;
    }
  }

  /// The modes that BEGIN or an early SET TRANSACTION asks for.
  Result<> take(const Statement& statement) {
    const auto modes = readable(statement);
    if (!modes) return fail(modes.error());
    if (!modes->isolation) return {};
    if (directive_ && *directive_ != *modes->isolation) {
      return invalid_statement(part_.source, statement,
                               std::format("the file's directive asks for isolation level {}, this statement for {}",
                                           level_name(*directive_), level_name(*modes->isolation)),
                               "remove one of them");
    }
    judged_.shape.isolation = modes->isolation;
    return {};
  }

  Result<> refuse_late(const Statement& statement) const {
    const auto modes = readable(statement);
    if (!modes) return fail(modes.error());
    const Isolation ours = judged_.shape.isolation.value_or(Isolation::read_committed);
    if (!modes->isolation || *modes->isolation == ours) return {};
    return invalid_statement(part_.source, statement,
                             "the isolation level must be set before the transaction's first query",
                             "move it to the front of its transaction");
  }

  Result<TransactionModes> readable(const Statement& statement) const {
    const auto modes = transaction_modes(statement.sql);
    if (!modes) {
      return invalid_statement(part_.source, statement, "the modes of this transaction cannot be read",
                               "write, for example, ISOLATION LEVEL SERIALIZABLE");
    }
    if (modes->snapshot) {
      return invalid_statement(part_.source, statement, "a migration cannot use the snapshot of another session",
                               "that session is gone at the next start: write ISOLATION LEVEL REPEATABLE READ");
    }
    if (modes->read_only) {
      return invalid_statement(part_.source, statement, "a migration cannot run in a READ ONLY transaction",
                               "remove READ ONLY: the history row is written in the same transaction");
    }
    return *modes;
  }

  const Part& part_;
  std::optional<Isolation> directive_;
  JudgedTransaction judged_;
  std::size_t seen_ = 0;
  bool only_harmless_ = true;  // only LOCK TABLE and settings that our own statements may follow
  std::optional<Statement> late_lock_;
};

}  // namespace

Result<JudgedTransaction> judge_transaction(const Part& part, StatementRange range, const Statement* opening) {
  return TransactionJudge(part).run(range, opening);
}

}  // namespace pge
