#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "core/error.hpp"
#include "core/source.hpp"
#include "migrations/marker.hpp"
#include "migrations/migration.hpp"
#include "sql/transaction_control.hpp"

namespace pge {

/// What the comments before the first statement ask for.
struct Header {
  bool transactional = true;
  std::optional<std::chrono::milliseconds> lock_timeout = {};
  OnDoubt on_doubt = OnDoubt::retry;
  std::optional<Isolation> isolation = {};
  std::size_t end = 0;  ///< the first byte behind the directives that is not a comment, or a line `-- migrate:down`
};

/// Read the directives at the front of a file. Fails with `invalid_migrations` and a location.
Result<Header> read_header(const Source& source);

/// What the history keeps of a down part: its text, under a line with the directives that concern it, for an image that
/// has no file any more. `read_header` reads them again.
std::string with_directives(const Part& part);

/// `transaction:true|false` behind `-- migrate:up` or `-- migrate:down`; nothing when there is no option.
Result<std::optional<bool>> transaction_option(const Source& source, std::size_t offset);

}  // namespace pge
