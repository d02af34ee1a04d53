#include "migrate/migration_file.hpp"

#include <algorithm>
#include <filesystem>
#include <format>
#include <optional>

namespace pge {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view digits = "0123456789";
constexpr std::string_view expected_name = "name it <version>_<name>.sql, for example 20260131120000_create_votes.sql";

std::string without_zeros(std::string_view version) {
  const std::size_t first = version.find_first_not_of('0');
  return std::string(first == std::string_view::npos ? "0" : version.substr(first));
}

bool ends_in_sql(std::string_view name) {
  return name.size() >= 4 && std::ranges::equal(name.substr(name.size() - 4), std::string_view(".sql"),
                                                [](char a, char b) { return a == b || a == b - 'a' + 'A'; });
}

std::unexpected<Error> bad_name(const std::string& path, std::string message, std::string hint) {
  return fail(Error{.code = ExitCode::invalid_migrations,
                    .message = std::move(message),
                    .hint = std::move(hint),
                    .where = {.file = path}});
}

/// "V12__create.sql", Flyway's and refinery's form, as we would call it; nothing for "V1.2__create.sql".
std::optional<std::string> flyway_renamed(std::string_view name) {
  if (!name.starts_with('V') && !name.starts_with('U') && !name.starts_with('B')) return std::nullopt;
  const std::size_t end = std::min(name.find_first_not_of(digits, 1), name.size());
  if (end == 1 || !name.substr(end).starts_with("__")) return std::nullopt;
  return std::format("{}_{}", name.substr(1, end - 1), name.substr(end + 2));
}

/// Version and name from a file name that ends in ".sql" in some case.
Result<MigrationFile> understand_name(const std::string& path, std::string_view file_name) {
  if (!check_utf8(path, file_name)) {
    return bad_name(path, "the file's name is not UTF-8", std::string(expected_name));
  }
  const std::string_view stem = file_name.substr(0, file_name.size() - 4);
  if (stem.starts_with("R__")) {
    return bad_name(path, "repeatable migrations (R__…) are not supported by this version",
                    "move it out of the directory, or put its content into a versioned file");
  }
  const std::size_t end = std::min(stem.find_first_not_of(digits), stem.size());
  const std::string_view name = stem.substr(std::min(end + 1, stem.size()));
  if (file_name.ends_with(".up.sql") || file_name.ends_with(".down.sql")) {
    const std::string_view base = stem.substr(0, stem.rfind('.'));
    return bad_name(
        path, "up and down are two files here, as golang-migrate and sqlx have it",
        std::format("merge both into one file {}.sql: the up part, a line -- migrate:down, the down part", base));
  }
  if (const auto renamed = flyway_renamed(file_name); renamed) {
    return bad_name(path, "not a migration's name", std::format("rename it to {}", *renamed));
  }
  if (end == 0 || end == stem.size() || stem[end] != '_' || name.empty() || !file_name.ends_with(".sql")) {
    return bad_name(path, "not a migration's name", std::string(expected_name));
  }
  return MigrationFile{
      .version = without_zeros(stem.substr(0, end)), .name = std::string(name), .path = path, .text = {}};
}

/// Kubernetes mounts a ConfigMap as links to links (name -> ..data/name -> ..stamp/name): what counts is
/// where they end. A link to elsewhere would apply what nobody reviewed as part of this directory.
Result<> stays_inside(const fs::path& root, const fs::path& path) {
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  if (error) {
    std::error_code ignored;
    const bool link = fs::is_symlink(fs::symlink_status(path, ignored));
    return bad_name(path, std::format("cannot read {}: {}", path.string(), error.message()),
                    link ? "it is a link: look where it leads to" : "check its permissions");
  }
  const auto [end, nothing] = std::ranges::mismatch(root, real);
  if (end == root.end()) return {};
  return bad_name(path, std::format("{} is a link to {}, outside of the directory", path.string(), real.string()),
                  "copy the file into the directory");
}

Result<std::vector<MigrationFile>> list(const std::string& directory) {
  const auto unreadable = [&](const std::error_code& error) {
    return fail(ExitCode::no_input,
                std::format("cannot read the migrations directory {}: {}", directory, error.message()),
                "name it with --dir, or PG_ENTRYPOINT_DIR");
  };
  std::error_code error;
  const fs::path root = fs::canonical(directory, error);
  if (error) return unreadable(error);
  std::vector<MigrationFile> files;
  fs::directory_iterator entry(directory, error);
  if (error) return unreadable(error);
  for (; entry != fs::directory_iterator(); entry.increment(error)) {
    if (error) return unreadable(error);
    const std::string name = entry->path().filename().string();
    if (name.starts_with('.') || !ends_in_sql(name)) continue;
    const std::string path = entry->path().string();
    if (entry->is_directory(error)) {
      return bad_name(path, "a directory, not a file",
                      "remove it; an engine makes one when it shall mount a file that is not there");
    }
    auto file = understand_name(path, name);
    if (!file) return std::unexpected(std::move(file.error()));
    if (auto inside = stays_inside(root, entry->path()); !inside) return std::unexpected(std::move(inside.error()));
    if (!entry->is_regular_file(error)) return bad_name(path, "not a regular file", "remove it from the directory");
    files.push_back(*std::move(file));
  }
  return files;
}

}  // namespace

Result<std::vector<MigrationFile>> read_migration_files(const std::string& directory, bool allow_empty,
                                                        std::size_t memory) {
  auto files = list(directory);
  if (!files) return files;
  if (files->empty() && !allow_empty) {
    return fail(ExitCode::no_input, std::format("no migration files in {}", directory),
                "name their directory with --dir; --allow-empty if there are none on purpose");
  }
  std::ranges::sort(*files, [](const MigrationFile& a, const MigrationFile& b) {
    return a.version == b.version ? a.path < b.path : version_less(a.version, b.version);
  });
  const auto twice = std::ranges::adjacent_find(*files, {}, &MigrationFile::version);
  if (twice != files->end()) {
    return fail(
        ExitCode::invalid_migrations,
        std::format("two files have version {}: {} and {}", twice->version, twice->path, std::next(twice)->path),
        "give one of them a new version");
  }
  for (MigrationFile& file : *files) {
    auto text = FileText::read(file.path, memory);
    if (!text) return std::unexpected(std::move(text.error()));
    if (auto valid = check_utf8(file.path, *text); !valid) return std::unexpected(std::move(valid.error()));
    file.text = *std::move(text);
  }
  return files;
}

}  // namespace pge
