#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "sql/transaction_control.hpp"

namespace pge {

/// How a transaction of a file is opened.
struct TransactionShape {
  std::optional<Isolation> isolation = {};  ///< nothing: the session's default
  /// So many of its first statements come before pg-entrypoint's own, whose first query fixes what a REPEATABLE READ or
  /// SERIALIZABLE transaction sees: a LOCK TABLE must come before that.
  std::size_t leading = 0;
};

/// What a no-transaction part runs and records at a time: a single statement, or the statements of a BEGIN … COMMIT
/// block.
struct Step {
  std::size_t first = 0;  ///< index of its first statement
  std::size_t size = 1;   ///< statements in it
  bool block = false;
  TransactionShape shape = {};
};

/// The BEGIN … COMMIT blocks of a no-transaction part, in order. BEGIN and COMMIT themselves are not among its
/// statements.
class Blocks {
 public:
  /// A block behind all others.
  void add(std::size_t first, std::size_t size, const TransactionShape& shape);

  /// Steps of a part with so many statements.
  std::size_t steps(std::size_t statements) const noexcept;
  Step step(std::size_t index) const noexcept;
  /// Whether a statement is in a block.
  bool contains(std::size_t statement) const noexcept;

  /// What this occupies, in bytes.
  std::size_t memory() const noexcept { return blocks_.capacity() * sizeof(Block); }

 private:
  struct Block {
    std::size_t step;
    std::size_t first;
    std::size_t size;
    TransactionShape shape;
  };

  std::vector<Block> blocks_;
};

}  // namespace pge
