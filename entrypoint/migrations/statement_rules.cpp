#include "migrations/statement_rules.hpp"

#include <format>

#include "core/invalid.hpp"
#include "core/strings.hpp"
#include "sql/concurrent_statement.hpp"
#include "sql/statement_kind.hpp"
#include "sql/tokens.hpp"

namespace pge {

namespace {

/// The statement's first words, for a message: "BEGIN", "ROLLBACK PREPARED".
std::string name_of(std::string_view sql) {
  return joined(head_words(sql, 2), " ");
}

class Rules {
 public:
  explicit Rules(Part& part) : statements_(part.statements), source_(part.source) {}

  Result<> transactional() {
    if (auto done = unwrap(); !done) return done;
    for (const Statement statement : statements_) {
      if (auto fit = check_either(statement); !fit) return fit;
      const TransactionControl control = transaction_control(statement.sql);
      if (control != TransactionControl::none && control != TransactionControl::savepoint) {
        return invalid(statement, std::format("{} inside a migration", name_of(statement.sql)),
                       "each file already runs in one transaction: remove it, or split the file here");
      }
      const std::string_view refused = refused_in_transaction(statement.sql);
      if (!refused.empty()) {
        return invalid(statement, std::format("{} cannot run in a transaction", refused),
                       "add this line at the top of the file: -- pg-entrypoint: no-transaction");
      }
    }
    return {};
  }

  Result<> alone() {
    for (const Statement statement : statements_) {
      if (auto fit = check_either(statement); !fit) return fit;
      if (transaction_control(statement.sql) != TransactionControl::none) {
        return invalid(statement, std::format("{} in a no-transaction file", name_of(statement.sql)),
                       "put the statements that need a transaction into their own file");
      }
      if (const std::string_view made = session_object(statement.sql); !made.empty()) {
        return invalid(statement, std::format("{} in a no-transaction file", made),
                       "an interrupted file resumes in another session, where it does not exist: use an ordinary "
                       "table, and drop it at the end");
      }
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
    }
    return {};
  }

 private:
  Result<> check_either(const Statement& statement) const {
    if (!is_copy_to_stdout(statement.sql)) return {};
    return invalid(statement, "COPY … TO STDOUT has nowhere to go in a migration",
                   "write to a table, or to a file on the server");
  }

  /// BEGIN … COMMIT around the whole part, as files written for golang-migrate have it.
  Result<> unwrap() {
    if (statements_.empty()) return {};
    const Statement first = statements_.front();
    const TransactionControl opening = transaction_control(first.sql);
    if (opening == TransactionControl::begin_with_options) {
      return invalid(first, "a migration cannot set the options of its transaction",
                     "write plain BEGIN, or remove it: each file runs in one READ COMMITTED transaction");
    }
    if (opening != TransactionControl::begin) return {};
    const Statement last = statements_.back();
    if (transaction_control(last.sql) != TransactionControl::commit) {
      return invalid(first, "this BEGIN has no COMMIT at the end of its part",
                     "remove BEGIN, or end with COMMIT: each file runs in one transaction anyway");
    }
    statements_.pop_back();
    statements_.pop_front();
    return {};
  }

  /// The last part of a name, as the start of an index name.
  static std::string table_word(std::string_view table) {
    SqlTokens tokens(table.substr(table.rfind('.') + 1));
    const Token word = tokens.next();
    return word.kind == TokenKind::word ? std::string(word.text) : "table";
  }

  std::unexpected<Error> invalid(const Statement& statement, std::string message, std::string hint) const {
    // Leading comments belong to the statement, so point at its first word.
    const std::size_t word = SqlTokens(statement.sql).next().offset;
    return invalid_at(source_, statement.offset + word, std::move(message), std::move(hint));
  }

  Statements& statements_;
  const Source& source_;
};

}  // namespace

Result<> check_statements(Part& part) {
  Rules rules(part);
  return part.transactional ? rules.transactional() : rules.alone();
}

}  // namespace pge
