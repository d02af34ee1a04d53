#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sql/tokens.hpp"

namespace pge {

/// CREATE INDEX CONCURRENTLY, DROP INDEX CONCURRENTLY, REINDEX … CONCURRENTLY.
struct ConcurrentIndex {
  enum class Action : std::uint8_t { create, drop, reindex };
  Action action = Action::create;
  std::string index;   ///< as written (fit for to_regclass); empty: none given, or several
  std::string table;   ///< as written; empty: not part of the statement
  std::string schema;  ///< of REINDEX SCHEMA
};
std::optional<ConcurrentIndex> concurrent_index(std::string_view sql);

/// ALTER TABLE … DETACH PARTITION … CONCURRENTLY; names as written.
struct ConcurrentDetach {
  std::string table;
  std::string partition;
};
std::optional<ConcurrentDetach> concurrent_detach(std::string_view sql);

/// Whether a name in it is spelled as U&"…", which to_regclass(text) does not understand.
bool has_escaped_name(std::string_view sql) noexcept;

/// What follows the word REINDEX, in its two spellings: REINDEX (CONCURRENTLY [boolean], …) and REINDEX TABLE
/// CONCURRENTLY.
struct Reindex {
  std::string_view target;  ///< TABLE, INDEX, SCHEMA, DATABASE, SYSTEM; the tokens stand behind it
  bool concurrently = false;
};
Reindex take_reindex(SqlTokens& tokens) noexcept;

}  // namespace pge
