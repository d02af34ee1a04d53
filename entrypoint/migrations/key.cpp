#include "migrations/key.hpp"

#include <algorithm>
#include <format>
#include <optional>
#include <utility>

#include "core/invalid.hpp"

namespace pge {
namespace {

constexpr std::string_view digits = "0123456789";
constexpr std::string_view expected_name = "name it <version>_<name>.sql, for example 20260131120000_create_votes.sql";

/// "V12__create.sql", Flyway's and refinery's form, as we would call it; nothing for "V1.2__create.sql".
std::optional<std::string> flyway_renamed(std::string_view name) {
  if (!name.starts_with('V') && !name.starts_with('U') && !name.starts_with('B')) return std::nullopt;
  const std::size_t end = std::min(name.find_first_not_of(digits, 1), name.size());
  if (end == 1 || !name.substr(end).starts_with("__")) return std::nullopt;
  return std::format("{}_{}", name.substr(1, end - 1), name.substr(end + 2));
}

/// "20240131" of "2024-01-31-create"; for anything else the digits in front.
std::string leading_version(std::string_view stem, std::size_t& end) {
  constexpr std::size_t date = 10;
  const auto is_digit = [](char c) { return digits.contains(c); };
  const bool is_date = stem.size() > date && stem[4] == '-' && stem[7] == '-' && !is_digit(stem[date]) &&
                       std::ranges::count_if(stem.substr(0, date), is_digit) == 8;
  end = is_date ? date : std::min(stem.find_first_not_of(digits), stem.size());
  std::string version(stem.substr(0, end));
  std::erase(version, '-');
  return version;
}

/// The name that the file should have had: "1_name.sql" for "1-name.sql", "1 name.SQL" and "1name.sql". Nothing where
/// that is not clear.
std::optional<std::string> renamed(std::string_view stem) {
  constexpr std::string_view separators = "-_. ";
  std::size_t end = 0;
  const std::string version = leading_version(stem, end);
  const std::size_t name = stem.find_first_not_of(separators, end);
  if (version.empty() || name == std::string_view::npos) return std::nullopt;
  // "1.2_x" may be version 1.2.
  if (name > end && stem[end] == '.' && digits.contains(stem[name])) return std::nullopt;
  return std::format("{}_{}.sql", version, stem.substr(name));
}

}  // namespace

std::strong_ordering Key::operator<=>(const Key& other) const noexcept {
  if (kind != other.kind) return kind <=> other.kind;
  const bool numbers = kind == HistoryKind::versioned || kind == HistoryKind::baseline;
  if (numbers && version.size() != other.version.size()) return version.size() <=> other.version.size();
  return version <=> other.version;
}

std::string label(const Key& key, std::string_view name) {
  return name.empty() ? key.version : std::format("{}_{}", key.version, name);
}

std::optional<std::string> canonical_version(std::string_view typed) {
  if (typed.empty() || typed.find_first_not_of(digits) != std::string_view::npos) return std::nullopt;
  return std::string(typed.substr(std::min(typed.find_first_not_of('0'), typed.size() - 1)));
}

Result<FileName> parse_file_name(const std::string& path, std::string_view file_name) {
  if (!is_utf8(file_name)) {
    return invalid_file(path, "the file's name is not UTF-8", std::string(expected_name));
  }
  const std::string_view stem = file_name.substr(0, file_name.size() - 4);
  if (stem.starts_with("R__")) {
    return invalid_file(path, "repeatable migrations (R__…) are not supported by this version",
                        "move it out of the directory, or put its content into a versioned file");
  }
  const std::size_t end = std::min(stem.find_first_not_of(digits), stem.size());
  const std::string_view name = stem.substr(std::min(end + 1, stem.size()));
  if (file_name.ends_with(".up.sql") || file_name.ends_with(".down.sql")) {
    const std::string_view base = stem.substr(0, stem.rfind('.'));
    return invalid_file(
        path, "the up and down parts are two files here, as in golang-migrate and sqlx",
        std::format("merge both into one file {}.sql: the up part, a line -- migrate:down, the down part", base));
  }
  if (const auto renamed = flyway_renamed(file_name); renamed) {
    return invalid_file(path, "not a migration file name", std::format("rename it to {}", *renamed));
  }
  if (end == 0 || end == stem.size() || stem[end] != '_' || name.empty() || !file_name.ends_with(".sql")) {
    const auto name_meant = renamed(stem);
    return invalid_file(path, "not a migration file name",
                        name_meant ? std::format("rename it to {}", *name_meant) : std::string(expected_name));
  }
  return FileName{.key = {.version = *canonical_version(stem.substr(0, end))}, .name = std::string(name)};
}

std::string make_file_name(const FileName& file) {
  return label(file.key, file.name) + ".sql";
}

}  // namespace pge
