#pragma once

#include <cstddef>

#include "core/error.hpp"
#include "core/source.hpp"
#include "sql/statements.hpp"

namespace pge {

/// The first word of a statement, in bytes from the start of the file's text: comments in front belong to the
/// statement.
std::size_t first_word(const Statement& statement);

/// Where in the file's text a failed statement went wrong, as exactly as the server has said: at a character of the
/// statement, in a row of COPY, in a line of a DO block; else at its first word. Line numbers are no data, so that they
/// are told although the context that they stand in is not shown.
std::size_t failure_place(const Source& source, const Statement& statement, const ServerError& server);

}  // namespace pge
