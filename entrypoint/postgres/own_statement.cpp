#include "postgres/own_statement.hpp"

#include <utility>

namespace pge {

OwnStatement commit_statement() {
  return {.sql = "COMMIT",
          .judge = [](Result<Rows> answer) -> Result<> {
            if (!answer) return fail(std::move(answer.error()));
            // If an error has aborted the transaction, the server answers COMMIT with ROLLBACK and no error.
            if (answer->tag() == "COMMIT") return {};
            return fail({.code = ExitCode::migration_failed,
                         .message = "the transaction was rolled back at COMMIT",
                         .server = ServerError{.statement = "COMMIT"},
                         .during = During::commit});
          },
          .commit = true};
}

}  // namespace pge
