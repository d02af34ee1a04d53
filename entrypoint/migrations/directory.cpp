#include "migrations/directory.hpp"

#include <algorithm>
#include <filesystem>
#include <format>
#include <tuple>

#include "core/invalid.hpp"
#include "core/strings.hpp"
#include "migrations/file_kind.hpp"
#include "migrations/key.hpp"
#include "migrations/unused.hpp"

namespace pge {

namespace fs = std::filesystem;

namespace {

bool ends_in_sql(std::string_view name) {
  return name.size() >= 4 && std::ranges::equal(name.substr(name.size() - 4), std::string_view(".sql"),
                                                [](char a, char b) { return a == b || a == b - 'a' + 'A'; });
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

Result<std::vector<MigrationFile>> list(const std::string& directory) {
  const auto unreadable = [&](const std::error_code& error) {
    return fail(ExitCode::no_input,
                std::format("cannot read the migrations directory {}: {}", directory, error.message()),
                "set it with --dir or PG_ENTRYPOINT_DIR");
  };
  std::error_code error;
  const fs::path root = fs::canonical(directory, error);
  if (error) return unreadable(error);
  std::vector<MigrationFile> files;
  fs::directory_iterator entry(directory, error);
  if (error) return unreadable(error);
  // An error ends the listing, just as its end does.
  for (; entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with('.') || !ends_in_sql(name)) continue;
    const std::string path = entry->path().string();
    std::error_code ignored;
    if (entry->is_directory(ignored)) {
      return invalid_file(path, "a directory, not a file",
                          "remove it; a container engine creates one when the file to be mounted does not exist");
    }
    auto file = parse_file_name(path, name);
    if (!file) return fail(std::move(file.error()));
    if (auto inside = stays_inside(root, entry->path()); !inside) return fail(std::move(inside.error()));
    if (!entry->is_regular_file(ignored))
      return invalid_file(path, "not a regular file", "remove it from the directory");
    files.push_back({.key = std::move(file->key), .name = std::move(file->name), .source = {.path = path, .text = {}}});
  }
  if (error) return unreadable(error);
  return files;
}

}  // namespace

Result<std::vector<MigrationFile>> read_migration_files(const std::string& directory, bool allow_empty,
                                                        std::size_t memory) {
  auto files = list(directory);
  if (!files) return files;
  if (files->empty() && !allow_empty) {
    const auto unused = unused_entries(directory);
    return fail(ExitCode::no_input,
                std::format("no migration files in {}{}", directory,
                            unused.empty() ? "" : std::format("; not read: {}", joined(unused))),
                "set their directory with --dir; use --allow-empty if there are none on purpose");
  }
  std::ranges::sort(*files, [](const MigrationFile& a, const MigrationFile& b) {
    return std::tie(a.key, a.source.path) < std::tie(b.key, b.source.path);
  });
  const auto twice = std::ranges::adjacent_find(*files, {}, &MigrationFile::key);
  if (twice != files->end()) {
    return fail(ExitCode::invalid_migrations,
                std::format("two files have version {}: {} and {}", twice->key.version, twice->source.path,
                            std::next(twice)->source.path),
                "give the one that is not applied yet a new version");
  }
  for (MigrationFile& file : *files) {
    auto text = FileText::read(file.source.path, memory);
    if (!text) return fail(std::move(text.error()));
    file.source.text = *std::move(text);
    if (auto valid = check_kind(file.source); !valid) return fail(std::move(valid.error()));
  }
  return files;
}

}  // namespace pge
