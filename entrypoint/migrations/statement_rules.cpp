#include "migrations/statement_rules.hpp"

#include <format>
#include <optional>
#include <utility>
#include <vector>

#include "core/invalid.hpp"
#include "core/strings.hpp"
#include "migrations/large_objects.hpp"
#include "migrations/transaction_rules.hpp"
#include "sql/concurrent_statement.hpp"
#include "sql/statement_kind.hpp"
#include "sql/tokens.hpp"

namespace pge {

namespace {

constexpr std::string_view use_a_block =
    "put it between BEGIN; and COMMIT;, together with the statements that it is for: they are one step";

/// The statement's first words, for a message: "BEGIN", "ROLLBACK PREPARED".
std::string name_of(std::string_view sql) {
  return joined(head_words(sql, 2), " ");
}

/// The last part of a name, as the start of an index name.
std::string table_word(std::string_view table) {
  SqlTokens tokens(table.substr(table.rfind('.') + 1));
  const Token word = tokens.next();
  return word.kind == TokenKind::word ? std::string(word.text) : "table";
}

class Rules {
 public:
  explicit Rules(Part& part) : part_(part), statements_(part.statements) {}

  Result<> transactional() {
    statements_.drop(large_object_transactions(statements_));
    const auto wrapped = is_wrapped();
    if (!wrapped) return fail(wrapped.error());
    const StatementRange range{.first = *wrapped ? 1U : 0U, .end = statements_.size() - (*wrapped ? 1 : 0)};
    for (std::size_t i = range.first; i < range.end; ++i) {
      if (auto fit = check_in_file(statements_[i]); !fit) return fit;
    }
    const Statement opening = *wrapped ? statements_.front() : Statement{};
    auto judged = judge_transaction(part_, range, *wrapped ? &opening : nullptr);
    if (!judged) return fail(std::move(judged.error()));
    part_.shape = judged->shape;
    // In READ COMMITTED every statement sees what is new, so that the history row may come first.
    if (part_.shape.isolation.value_or(Isolation::read_committed) == Isolation::read_committed) part_.shape.leading = 0;
    if (*wrapped) {
      judged->said.insert(judged->said.begin(), 0);
      judged->said.push_back(statements_.size() - 1);
    }
    statements_.drop(judged->said);
    return {};
  }

  Result<> in_steps() {
    std::optional<std::size_t> open;  // the BEGIN of the block
    for (std::size_t i = 0; i < statements_.size(); ++i) {
      const Statement statement = statements_[i];
      const TransactionControl control = transaction_control(statement.sql);
      if (control == TransactionControl::begin && !open) {
        open = i;
      } else if (control == TransactionControl::commit && open) {
        if (auto added = add_block(*open, i); !added) return added;
        open.reset();
      } else if (auto fit = open ? check_in_block(statement, control) : check_alone(statement, control); !fit) {
        return fit;
      }
    }
    if (open)
      return invalid(statements_[*open], "this BEGIN has no COMMIT", "end the block with COMMIT;, or remove BEGIN");
    statements_.drop(taken_out_);
    return {};
  }

 private:
  /// BEGIN … COMMIT around the whole part, as files written for golang-migrate have it.
  Result<bool> is_wrapped() const {
    if (statements_.empty()) return false;
    const Statement first = statements_.front();
    if (transaction_control(first.sql) != TransactionControl::begin) return false;
    if (transaction_control(statements_.back().sql) == TransactionControl::commit) return true;
    return invalid(first, "this BEGIN is not followed by a COMMIT",
                   has_blocks() ? blocks_hint("remove BEGIN and COMMIT")
                                : "remove BEGIN, or end with COMMIT: each file runs in one transaction anyway");
  }

  /// A statement of a part that is one transaction.
  Result<> check_in_file(const Statement& statement) const {
    if (auto fit = check_any(statement); !fit) return fit;
    const TransactionControl control = transaction_control(statement.sql);
    if (control == TransactionControl::begin || control == TransactionControl::commit ||
        control == TransactionControl::other) {
      return invalid(statement, std::format("{} inside a migration", name_of(statement.sql)),
                     has_blocks() ? blocks_hint("remove it, or split the file here")
                                  : "each file already runs in one transaction: remove it, or split the file here");
    }
    if (sets_default_isolation(statement.sql)) {
      return invalid(statement, "this level is for later transactions, not for the one that it is set in",
                     "write at the top of the file, for example: -- pg-entrypoint: isolation=serializable");
    }
    return refuse_in_transaction(statement, "add this line at the top of the file: -- pg-entrypoint: no-transaction");
  }

  /// A statement between BEGIN and COMMIT of a no-transaction part.
  Result<> check_in_block(const Statement& statement, TransactionControl control) const {
    if (auto fit = check_any(statement); !fit) return fit;
    if (control == TransactionControl::begin || control == TransactionControl::other) {
      return invalid(statement, std::format("{} in a block BEGIN … COMMIT", name_of(statement.sql)),
                     "a block ends with COMMIT;, and blocks do not nest");
    }
    if (auto fit = refuse_in_transaction(statement, "move it out of BEGIN … COMMIT"); !fit) return fit;
    return is_dropped_on_commit(statement.sql) ? Result<>{} : refuse_session_object(statement);
  }

  /// A statement of a no-transaction part that is a step by itself.
  Result<> check_alone(const Statement& statement, TransactionControl control) const {
    if (auto fit = check_any(statement); !fit) return fit;
    if (control == TransactionControl::savepoint || control == TransactionControl::set_modes) {
      return invalid(statement, std::format("{} in a no-transaction file", name_of(statement.sql)),
                     std::string(use_a_block));
    }
    if (control != TransactionControl::none) {
      return invalid(statement, std::format("{} in a no-transaction file", name_of(statement.sql)),
                     "put the statements that need a transaction between BEGIN; and COMMIT;, or into their own file");
    }
    if (const std::string_view idle = needs_transaction_block(statement.sql); !idle.empty()) {
      return invalid(statement, std::format("{} by itself in a no-transaction file has no effect", idle),
                     std::string(use_a_block));
    }
    if (auto fit = refuse_session_object(statement); !fit) return fit;
    const auto index = concurrent_index(statement.sql);
    if ((index || concurrent_detach(statement.sql)) && has_escaped_name(statement.sql)) {
      return invalid(statement, "a name written as U&\"…\" in a statement that may have to be resumed",
                     "write the name itself, in UTF-8");
    }
    if (index && index->action == ConcurrentIndex::Action::create && index->index.empty()) {
      return invalid(
          statement, "CREATE INDEX CONCURRENTLY without a name cannot be resumed",
          std::format("name it: CREATE INDEX CONCURRENTLY {}_…_idx ON {} …", table_word(index->table), index->table));
    }
    return {};
  }

  Result<> check_any(const Statement& statement) const {
    if (!is_copy_to_stdout(statement.sql)) return {};
    return invalid(statement, "COPY … TO STDOUT has nowhere to go in a migration",
                   "write to a table, or to a file on the server");
  }

  Result<> refuse_in_transaction(const Statement& statement, std::string hint) const {
    const std::string_view refused = refused_in_transaction(statement.sql);
    if (refused.empty()) return {};
    return invalid(statement, std::format("{} cannot run in a transaction", refused), std::move(hint));
  }

  Result<> refuse_session_object(const Statement& statement) const {
    const std::string_view made = session_object(statement.sql);
    if (made.empty()) return {};
    return invalid(statement, std::format("{} in a no-transaction file", made),
                   "an interrupted file resumes in another session, where it does not exist: use an ordinary table, "
                   "and drop it at the end");
  }

  /// `begin` and `commit`: where its BEGIN and its COMMIT are.
  Result<> add_block(std::size_t begin, std::size_t commit) {
    const Statement opening = statements_[begin];
    const auto judged = judge_transaction(part_, {.first = begin + 1, .end = commit}, &opening);
    if (!judged) return fail(judged.error());
    part_.blocks.add(begin - taken_out_.size(), commit - begin - 1 - judged->said.size(), judged->shape);
    taken_out_.push_back(begin);
    taken_out_.insert(taken_out_.end(), judged->said.begin(), judged->said.end());
    taken_out_.push_back(commit);
    return {};
  }

  /// Whether a transactional part would be a sequence of blocks and statements: what BEGIN opens COMMIT ends.
  bool has_blocks() const {
    bool open = false;
    std::size_t blocks = 0;
    for (const Statement statement : statements_) {
      const TransactionControl control = transaction_control(statement.sql);
      const bool begins = control == TransactionControl::begin;
      const bool commits = control == TransactionControl::commit;
      if (control == TransactionControl::other || (begins && open) || (commits && !open)) return false;
      if (begins || commits) open = begins;
      if (commits) ++blocks;
    }
    return blocks > 0 && !open;
  }

  static std::string blocks_hint(std::string_view otherwise) {
    return std::format(
        "the file has transactions of its own: add this line at its top, and each BEGIN … COMMIT is a step in one "
        "transaction: -- pg-entrypoint: no-transaction; or, for one transaction around everything: {}",
        otherwise);
  }

  std::unexpected<Error> invalid(const Statement& statement, std::string message, std::string hint) const {
    return invalid_statement(part_.source, statement, std::move(message), std::move(hint));
  }

  Part& part_;
  Statements& statements_;
  std::vector<std::size_t> taken_out_;  // indexes of what is not sent: BEGIN, COMMIT, SET TRANSACTION
};

}  // namespace

Result<> check_statements(Part& part) {
  Rules rules(part);
  return part.transactional ? rules.transactional() : rules.in_steps();
}

std::unexpected<Error> invalid_statement(const Source& source, const Statement& statement, std::string message,
                                         std::string hint) {
  const std::size_t word = SqlTokens(statement.sql).next().offset;
  return invalid_at(source, statement.offset + word, std::move(message), std::move(hint));
}

}  // namespace pge
