#include "alembic/revision_files.hpp"

#include <algorithm>
#include <filesystem>
#include <format>
#include <map>
#include <ranges>

#include "core/file.hpp"
#include "core/text.hpp"

namespace pge {
namespace {

namespace fs = std::filesystem;

bool is_revision_file(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.ends_with(".py") && !name.starts_with("__init__") && !name.starts_with(".#");
}

using FilesByRealPath = std::map<std::string, std::string>;

/// Alembic takes a file under the name that it really has, and only once. A folder that is a link is entered when it is
/// a version location itself.
Result<> collect(const std::string& folder, bool recursive, FilesByRealPath& paths) {
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    std::error_code ignored;
    const fs::path& path = entry->path();
    if (entry->is_directory(ignored)) {
      if (!recursive || entry->is_symlink(ignored) || path.filename() == "__pycache__") continue;
      if (auto below = collect(path.string(), recursive, paths); !below) return below;
      continue;
    }
    const fs::path real = fs::weakly_canonical(path, ignored);
    if (is_revision_file(real)) paths.emplace(real.string(), path.string());
  }
  if (!error) return {};
  return fail(ExitCode::no_input, std::format("{} cannot be read: {}", folder, error.message()),
              "it should contain Alembic's revisions: check script_location and version_locations");
}

}  // namespace

Result<RevisionGraph> read_revisions(const AlembicConfig& config) {
  FilesByRealPath paths;
  for (const std::string& folder : config.version_locations) {
    if (auto collected = collect(folder, config.recursive, paths); !collected) return fail(collected.error());
  }
  std::vector<Revision> revisions;
  revisions.reserve(paths.size());
  for (const std::string& path : paths | std::views::values) {
    auto text = read_regular_file(path);
    if (!text) {
      return fail(ExitCode::no_input, std::format("{} cannot be read: {}", path, text.error().message()),
                  "check its permissions");
    }
    normalise_line_ends(*text);
    auto revision = parse_revision({path, *std::move(text)});
    if (!revision) return fail(revision.error());
    revisions.push_back(*std::move(revision));
  }
  return RevisionGraph::make(std::move(revisions));
}

}  // namespace pge
