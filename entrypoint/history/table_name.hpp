#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace pge {

/// schema.name of the history table.
struct HistoryTable {
  std::string schema;
  std::string name;
  bool namesakes_allowed = false;  ///< tables of this name in other schemas belong to other applications

  /// `configuration` unless the text is `schema.name` (or `name`, which means public.name), both at most 63 bytes.
  static Result<HistoryTable> parse(std::string_view text, bool namesakes_allowed = false);

  /// The advisory lock's key: 64 bits of SHA-256 over the name, so that two applications in one database (two
  /// history tables) do not wait for each other.
  std::int64_t lock_key() const;
};

}  // namespace pge
