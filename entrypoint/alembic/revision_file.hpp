#pragma once

#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/source.hpp"

namespace pge {

/// One Alembic revision, as its file declares it.
struct Revision {
  std::string id = {};
  std::vector<std::string> down = {};        ///< down_revision; empty: a base
  std::vector<std::string> depends_on = {};  ///< revisions or branch labels
  std::vector<std::string> labels = {};      ///< branch_labels
  std::string message = {};                  ///< the first line of the module's docstring
  std::string path = {};
};

/// Read a revision file without Python. Understood are plain and annotated assignments of strings, None, tuples and
/// lists at the module's top level; the last one counts. Where anything else could have given `revision`,
/// `down_revision`, `depends_on` or `branch_labels` the value that Alembic sees, this fails with `invalid_migrations`
/// and the place: what is not certain is not guessed. An id that Alembic refuses is refused too.
Result<Revision> parse_revision(const Source& source);

}  // namespace pge
