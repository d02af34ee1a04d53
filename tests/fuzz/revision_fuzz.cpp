// Alembic's files: ini, pyproject, revisions, env.py.
#include <string>

#include "alembic/config_values.hpp"
#include "alembic/revision_file.hpp"
#include "alembic/version_table.hpp"
#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(pge::fuzz::text_of(data, size));
  if (const auto revision = pge::parse_revision({.path = "a.py", .text = text}))
    pge::fuzz::require(!revision->id.empty());
  static_cast<void>(pge::find_version_table(text, {}));
  static_cast<void>(pge::is_flask_migrate(text));
  static_cast<void>(pge::parse_ini({.path = "alembic.ini", .text = text}, "alembic"));
  static_cast<void>(pge::parse_pyproject({.path = "pyproject.toml", .text = text}));
  return 0;
}
