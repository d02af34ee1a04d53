// SQL text: divided or refused; every statement is a place in the text, in order, and none is empty.
#include "fuzz.hpp"
#include "migrate/splitter.hpp"
#include "migrate/statement_kind.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = pge::fuzz::text_of(data, size);
  if (text.contains('\0')) return 0;  // refused before: see check_utf8
  const auto statements = pge::split_statements(text, "1_x.sql", text, 0);
  if (!statements) return 0;
  std::size_t end = 0;
  for (const pge::Statement& statement : *statements) {
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
