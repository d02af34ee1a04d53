#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"

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
Result<Revision> parse_revision(const std::string& path, std::string_view text);

/// The string that a keyword argument of this name has in `text` ("version_table" in env.py).
struct KeywordArgument {
  bool present = false;
  bool certain = true;  ///< false: it is computed, or has two values
  std::string value = {};
};
KeywordArgument find_keyword_argument(std::string_view text, std::string_view name);

/// Whether env.py could choose the version table in a way that cannot be seen: arguments from a mapping (`**options`),
/// a search_path, the argument's name in a string where no such argument is written.
bool sets_table_otherwise(std::string_view text);

}  // namespace pge
