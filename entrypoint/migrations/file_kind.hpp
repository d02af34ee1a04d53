#pragma once

#include "core/error.hpp"
#include "core/source.hpp"

namespace pge {

/// Fails with `invalid_migrations` unless the file is text in UTF-8. What is known to be something else, such as a
/// pg_dump archive, a compressed file or the pointer that git-lfs leaves, is named as what it is.
Result<> check_kind(const Source& source);

}  // namespace pge
