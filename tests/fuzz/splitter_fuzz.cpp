// SQL text: divided or refused; every statement is a place in the text, in order, and none is empty. A statement in
// front makes other chunks of the text, which must change nothing.
#include <string>

#include "fuzz.hpp"
#include "sql/concurrent_statement.hpp"
#include "sql/splitter.hpp"
#include "sql/statement_kind.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(pge::fuzz::text_of(data, size));
  if (text.contains('\0')) return 0;  // refused before: see check_utf8
  const auto statements = pge::split_statements({.path = "1_x.sql", .text = text});
  constexpr std::string_view front = "select 1;\n";
  const std::string longer = std::string(front) + text;
  const auto chunked_otherwise = pge::split_statements({.path = "1_x.sql", .text = longer});
  pge::fuzz::require(statements.has_value() == chunked_otherwise.has_value());
  if (!statements) return 0;
  pge::fuzz::require(chunked_otherwise->size() == statements->size() + 1);
  std::size_t end = 0;
  std::size_t index = 0;
  for (const pge::Statement& statement : *statements) {
    const pge::Statement same = (*chunked_otherwise)[++index];
    pge::fuzz::require(same.sql == statement.sql && same.offset == statement.offset + front.size());
    pge::fuzz::require(same.copy_data == statement.copy_data);
    pge::fuzz::require(!statement.sql.empty() && statement.offset >= end);
    pge::fuzz::require(text.substr(statement.offset, statement.sql.size()) == statement.sql);
    end = statement.offset + statement.sql.size();
    static_cast<void>(pge::refused_in_transaction(statement.sql));
    static_cast<void>(pge::concurrent_index(statement.sql));
    static_cast<void>(pge::concurrent_detach(statement.sql));
    static_cast<void>(pge::is_session_setting(statement.sql));
  }
  return 0;
}
