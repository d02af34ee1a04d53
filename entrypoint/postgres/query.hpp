#pragma once

#include <string>
#include <vector>

namespace pge {

/// A query of pg-entrypoint's own as a value, so that it can be asked before its answer is needed
/// (`Session::ask_ahead`).
struct Query {
  std::string sql;
  std::vector<std::string> parameters = {};  ///< as text, for $1, $2…

  bool operator==(const Query&) const = default;
};

}  // namespace pge
