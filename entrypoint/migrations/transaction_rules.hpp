#pragma once

#include <cstddef>
#include <vector>

#include "core/error.hpp"
#include "migrations/blocks.hpp"
#include "migrations/migration.hpp"

namespace pge {

/// The statements of a part from index `first` up to, not including, `end`.
struct StatementRange {
  std::size_t first = 0;
  std::size_t end = 0;
};

struct JudgedTransaction {
  TransactionShape shape = {};
  /// The statements that `shape` already says (SET TRANSACTION), by index in ascending order: they are not sent.
  std::vector<std::size_t> said = {};
};

/// Finds out how the transaction of these statements has to be opened: what `opening` (its BEGIN), a SET TRANSACTION
/// before its first query, or the directive isolation=… (in the part's shape) says. pg-entrypoint's own first statement
/// would come too early for a SET TRANSACTION that is sent. Fails with `invalid_migrations` where they contradict each
/// other, or where such a transaction could not write its history row.
Result<JudgedTransaction> judge_transaction(const Part& part, StatementRange range, const Statement* opening);

}  // namespace pge
