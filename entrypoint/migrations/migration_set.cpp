#include "migrations/migration_set.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "migrations/parse.hpp"

namespace pge {
namespace {

/// The rows of files, in the order in which the files are.
std::vector<const AppliedMigration*> rows_of_files(std::span<const AppliedMigration> history) {
  std::vector<const AppliedMigration*> rows;
  rows.reserve(history.size());
  for (const AppliedMigration& row : history) {
    if (row.key.kind == HistoryKind::versioned) rows.push_back(&row);
  }
  const auto key = [](const AppliedMigration* row) -> const Key& { return row->key; };
  if (!std::ranges::is_sorted(rows, {}, key)) std::ranges::sort(rows, {}, key);
  return rows;
}

std::optional<Key> highest_baseline(std::span<const AppliedMigration> history) {
  std::optional<Key> highest;
  for (const AppliedMigration& row : history) {
    if (row.key.kind == HistoryKind::baseline) highest = std::max(highest, {Key{.version = row.key.version}});
  }
  return highest;
}

}  // namespace

MigrationSet::MigrationSet(std::vector<MigrationFile> files, std::size_t memory)
    : all_(unparsed(std::move(files))), memory_(memory) {}

MigrationSet::MigrationSet(std::string directory, bool allow_empty, MemoryLimit memory)
    : reading_(std::move(directory), allow_empty, memory) {}

Result<> MigrationSet::finish_reading() {
  if (!reading_.has_more()) return read_;
  read_ = fail(ExitCode::internal, "reading the migration files has ended by an exception");
  read_ = reading_.finish().transform([this](ReadMigrations read) {
    all_ = std::move(read.migrations);
    unused_ = std::move(read.unused);
    memory_ = read.memory;
  });
  return read_;
}

Result<> MigrationSet::understand(std::span<const AppliedMigration> history) {
  if (auto read = finish_reading(); !read) return read;
  const auto rows = rows_of_files(history);
  const auto baseline = highest_baseline(history);
  auto row = rows.begin();
  for (Migration& migration : all_) {
    while (row != rows.end() && (*row)->key < migration.key) ++row;
    const bool has_row = row != rows.end() && (*row)->key == migration.key;
    if (!migration.is_parsed) {
      if (has_row ? is_unchanged(migration, **row) : baseline && migration.key <= *baseline) continue;
      if (auto parsed = parse(migration); !parsed) return parsed;
    }
    // It will be compared: if it is late, it is waited for here.
    if (has_row) static_cast<void>(migration.checksum.text());
  }
  return {};
}

Result<> MigrationSet::parse_all() {
  if (auto read = finish_reading(); !read) return read;
  for (Migration& migration : all_) {
    if (migration.is_parsed) continue;
    if (auto parsed = parse(migration); !parsed) return parsed;
  }
  return {};
}

/// A file that was not finished is run, so it does not count.
bool MigrationSet::is_unchanged(Migration& migration, const AppliedMigration& row) {
  if (row.state == HistoryState::running) return false;
  // The likely one, or that of the last time; the row may be another one by now.
  if (std::ranges::contains(row.checksums, migration.checksum.text())) return true;
  migration.checksum = checksums_.find(migration.up.source.text, row.checksums);
  return !migration.checksum.text().empty();
}

Result<> MigrationSet::parse(Migration& migration) {
  auto parsed = parse_migration({.key = migration.key, .name = migration.name, .source = migration.up.source}, memory_);
  if (!parsed) return fail(std::move(parsed.error()));
  memory_ -= std::min(memory_, memory_of(*parsed));
  migration = *std::move(parsed);
  return {};
}

}  // namespace pge
