#pragma once

#include <cstddef>

#include "core/error.hpp"
#include "core/memory.hpp"
#include "core/source.hpp"
#include "sql/scanner_feed.hpp"
#include "sql/statements.hpp"

namespace pge {

/// Split SQL into statements with psql's own scanner. Fails with `invalid_migrations` and a location: unterminated
/// quote, dollar quote, comment or parenthesis; psql meta-commands.
///
/// The statements are views of the source's text. Text and comments inside and after a statement are kept; `--`
/// comments and white space in front are left out, so are the semicolon, white space at the end, and chunks that have
/// no statement. `\restrict` lines are skipped.
Result<Statements> split_statements(const Source& source);

struct Split {
  Statements statements;
  std::size_t end = 0;  ///< where it stopped: the start of that line, or the end of the text
};

/// Split a text from byte `begin` up to the first comment line that `ends_before` picks. A line inside a
/// quoted string, a dollar quote, a block comment or COPY data is never asked. Fails with `invalid_migrations` also
/// where more than `memory` bytes would be needed: it takes 8 bytes a statement, and twice the longest line.
Result<Split> split_until(const Source& source, std::size_t begin, EndsBefore ends_before,
                          std::size_t memory = unlimited);

}  // namespace pge
