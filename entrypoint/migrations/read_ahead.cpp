#include "migrations/read_ahead.hpp"

#include <chrono>
#include <future>
#include <span>
#include <utility>

#include "core/background.hpp"
#include "migrations/checksum.hpp"

namespace pge {
namespace {

/// So many files are read by two threads: one has not done them when the login has.
constexpr std::size_t least_for_two = 2000;

Result<> read_part(std::span<Migration> migrations, int directory, std::size_t memory) {
  for (Migration& migration : migrations) {
    Source& source = migration.up.source;
    auto text = FileText::read(directory, source.path, memory);
    if (!text) return fail(std::move(text.error()));
    source.text = *std::move(text);
    // A large one is hashed when there is need: most of them are pending, and then it can be done beside the parsing.
    if (!source.text.is_large()) migration.checksum = likely_checksum(source.text);
  }
  return {};
}

}  // namespace

std::vector<Migration> unparsed(std::vector<MigrationFile> files) {
  std::vector<Migration> migrations;
  migrations.reserve(files.size());
  // In place: a Part is dear to move.
  for (MigrationFile& file : files) {
    Migration& migration = migrations.emplace_back();
    migration.key = std::move(file.key);
    migration.name = std::move(file.name);
    migration.up.source = std::move(file.source);
    migration.is_parsed = false;
  }
  return migrations;
}

Result<ReadMigrations> read_texts(MigrationDirectory directory, std::size_t memory) {
  auto migrations = unparsed(std::move(directory.files));
  const std::span<Migration> all = migrations;
  const auto read = [&](std::span<Migration> part) { return read_part(part, directory.opened.get(), memory); };
  const std::size_t half = all.size() < least_for_two ? all.size() : all.size() / 2;
  std::future<Result<>> second;
  if (half < all.size()) second = in_background([&] { return read(all.subspan(half)); });
  auto first_read = read(all.first(half));
  auto second_read = second.valid() ? second.get() : Result<>();
  // In their order, whichever was found earlier.
  if (!first_read) return fail(std::move(first_read.error()));
  if (!second_read) return fail(std::move(second_read.error()));
  return ReadMigrations{.migrations = std::move(migrations), .unused = std::move(directory.unused), .memory = memory};
}

ReadAhead::ReadAhead(std::string directory, bool allow_empty, MemoryLimit memory)
    : work_(in_background([directory = std::move(directory), allow_empty, memory]() -> Result<ReadMigrations> {
        auto found = read_migration_directory(directory, allow_empty);
        return found ? read_texts(*std::move(found), memory()) : fail(std::move(found.error()));
      })) {}

bool ReadAhead::is_reading() const {
  return work_.valid() && work_.wait_for(std::chrono::seconds(0)) != std::future_status::ready;
}

}  // namespace pge
