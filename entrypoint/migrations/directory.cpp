#include "migrations/directory.hpp"

#include <algorithm>
#include <filesystem>
#include <format>
#include <optional>
#include <tuple>

#include "core/invalid.hpp"
#include "core/strings.hpp"
#include "migrations/key.hpp"
#include "migrations/listing.hpp"
#include "migrations/unused.hpp"

namespace pge {

namespace fs = std::filesystem;

namespace {

bool ends_in_sql(std::string_view name) {
  return name.size() >= 4 && std::ranges::equal(name.substr(name.size() - 4), std::string_view(".sql"),
                                                [](char a, char b) { return a == b || a == b - 'a' + 'A'; });
}

std::unexpected<Error> unreadable(const std::string& directory, const std::error_code& error) {
  return fail(ExitCode::no_input,
              std::format("cannot read the migrations directory {}: {}", directory, error.message()),
              "set it with --dir or PG_ENTRYPOINT_DIR");
}

/// Kubernetes mounts a ConfigMap as links to links (name -> ..data/name -> ..stamp/name): so the final target counts. A
/// link to somewhere else would apply a file that nobody reviewed as part of this directory.
Result<> stays_inside(const fs::path& root, const fs::path& path) {
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  if (error) {
    std::error_code ignored;
    const bool link = fs::is_symlink(fs::symlink_status(path, ignored));
    return invalid_file(path, std::format("cannot read {}: {}", path.string(), error.message()),
                        link ? "it is a symbolic link: check its target" : "check its permissions");
  }
  const auto [end, nothing] = std::ranges::mismatch(root, real);
  if (end == root.end()) return {};
  return invalid_file(
      path, std::format("{} is a symbolic link to {}, which is outside the directory", path.string(), real.string()),
      "copy the file into the directory");
}

/// For an entry that is not plainly a file: a link to one in the directory is fine.
Result<> check_target(const fs::path& root, const std::string& path) {
  if (auto inside = stays_inside(root, path); !inside) return inside;
  std::error_code ignored;
  if (fs::is_regular_file(path, ignored)) return {};
  return invalid_file(path, "not a regular file", "remove it from the directory");
}

Result<std::vector<MigrationFile>> choose_files(const std::string& directory, const Listing& listing) {
  std::vector<MigrationFile> files;
  files.reserve(listing.entries().size());
  std::optional<fs::path> root;  // only where it is needed, because it takes a system call for each part of the path
  for (const Listing::Entry& entry : listing.entries()) {
    if (!ends_in_sql(entry.name)) continue;
    std::string path = listing.path_of(entry);
    if (listing.is_directory(entry)) {
      return invalid_file(path, "a directory, not a file",
                          "remove it; a container engine creates one when the file to be mounted does not exist");
    }
    auto file = parse_file_name(path, entry.name);
    if (!file) return fail(std::move(file.error()));
    if (entry.kind != Listing::Kind::file) {
      std::error_code error;
      if (!root) root = fs::canonical(directory, error);
      if (error) return unreadable(directory, error);
      if (auto fit = check_target(*root, path); !fit) return fail(std::move(fit.error()));
    }
    files.push_back(
        {.key = std::move(file->key), .name = std::move(file->name), .source = {.path = std::move(path), .text = {}}});
  }
  return files;
}

/// In numeric order of their versions, each of which only one file may have.
Result<> put_in_order(std::vector<MigrationFile>& files) {
  std::ranges::sort(files, [](const MigrationFile& a, const MigrationFile& b) {
    return std::tie(a.key, a.source.path) < std::tie(b.key, b.source.path);
  });
  const auto twice = std::ranges::adjacent_find(files, {}, &MigrationFile::key);
  if (twice == files.end()) return {};
  return fail(ExitCode::invalid_migrations,
              std::format("two files have version {}: {} and {}", twice->key.version, twice->source.path,
                          std::next(twice)->source.path),
              "give the one that is not applied yet a new version");
}

}  // namespace

Result<MigrationDirectory> read_migration_directory(const std::string& directory, bool allow_empty) {
  auto listing = Listing::read(directory);
  if (!listing) return unreadable(directory, listing.error());
  auto files = choose_files(directory, *listing);
  if (!files) return fail(std::move(files.error()));
  auto unused = unused_entries(*listing);
  if (files->empty() && !allow_empty) {
    return fail(ExitCode::no_input,
                std::format("no migration files in {}{}", directory,
                            unused.empty() ? "" : std::format("; not read: {}", joined(unused))),
                "set their directory with --dir; use --allow-empty if there are none on purpose");
  }
  if (auto ordered = put_in_order(*files); !ordered) return fail(std::move(ordered.error()));
  return MigrationDirectory{
      .opened = std::move(*listing).directory(), .files = *std::move(files), .unused = std::move(unused)};
}

bool has_migration_files(const std::string& directory) {
  const auto listing = Listing::read(directory);
  return listing && std::ranges::any_of(listing->entries(), ends_in_sql, &Listing::Entry::name);
}

}  // namespace pge
