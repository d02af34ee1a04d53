#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "alembic/python_tokens.hpp"

namespace pge {

/// What one of a revision's assignments may hold: a string, None, or a tuple or list of strings.
struct RevisionValue {
  std::vector<std::string> strings = {};
  bool sequence = false;  ///< a tuple or a list, even of one string
  bool is_list = false;   ///< a value that a later statement could change in place
};

/// Read the whole of `tokens` as such a value; nothing for anything else, empty strings and nested sequences included.
std::optional<RevisionValue> read_revision_value(std::span<const PythonToken> tokens);

}  // namespace pge
