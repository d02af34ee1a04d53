#pragma once

#include <libpq-fe.h>

#include <optional>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace pge {

/// The error of a session that was closed before.
Error closed_connection();

/// The error of a connection that is lost or of no use any more. Lost during COMMIT it is `in_doubt`.
Error lost_connection(PGconn* raw, During during);

/// A failed result as an Error: message, SQLSTATE, detail, hint, context and position come as fields from libpq.
/// Exit code and what follows are those of `classify`.
Error result_error(const PGresult* result, std::string_view sql, During during);

/// The error of a stop that has left a COMMIT without its answer: `in_doubt`.
Error stopped_in_commit(int asked);

/// An ordinary error, after which the server goes on: it has rolled back. A server process that ends (FATAL) may have
/// committed before.
bool is_plain_error(const PGresult* result);

/// The error of a session that was lost, with what the server had said before it ended the session, if it has.
Error with_cause(Error lost, const std::optional<Error>& answer);

/// libpq's message on one line: a semicolon stands for the line end after a word, and for tabs a blank.
std::string one_line_message(std::string_view message);

}  // namespace pge
