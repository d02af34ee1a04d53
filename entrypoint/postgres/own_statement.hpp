#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "postgres/rows.hpp"

namespace pge {

/// A statement of pg-entrypoint's own as a value: what it is and what its answer means, whether it is run by itself
/// (`Session::run`) or in a pipeline.
struct OwnStatement {
  std::string sql;
  std::vector<std::string> parameters = {};  ///< as text, for $1, $2…
  /// Judges the answer, or explains the error. It refers to what made the statement. Empty: any answer will do.
  std::function<Result<>(Result<Rows>)> judge = {};
  /// One more parameter, which is asked for when the statement is sent in a pipeline: until then it may be computed. It
  /// stays where it is.
  std::function<const std::string&()> late = {};
  bool repeated = false;  ///< the same text again and again: in a pipeline the server keeps it prepared
  bool commit = false;    ///< it is COMMIT: see `commit_statement`

  Result<> judged(Result<Rows> answer) const {
    if (judge) return judge(std::move(answer));
    return answer ? Result<>() : fail(answer.error());
  }
};

/// COMMIT, of a transaction all of whose statements have been answered.
OwnStatement commit_statement();

}  // namespace pge
