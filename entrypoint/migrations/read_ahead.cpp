#include "migrations/read_ahead.hpp"

#include <chrono>
#include <memory>
#include <utility>

#include "core/background.hpp"
#include "migrations/checksum.hpp"

namespace pge {
namespace {

Result<> read_all(std::span<Migration> migrations, int directory, std::size_t memory) {
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

ReadAhead::ReadAhead(std::span<Migration> migrations, Descriptor directory, std::size_t memory)
    : work_(in_background([migrations, shared = std::make_shared<Descriptor>(std::move(directory)), memory] {
        return read_all(migrations, shared->get(), memory);
      })) {}

bool ReadAhead::is_reading() const {
  return work_.valid() && work_.wait_for(std::chrono::seconds(0)) != std::future_status::ready;
}

Result<> ReadAhead::finish() {
  if (!work_.valid()) return done_;
  done_ = fail(ExitCode::internal, "reading the migration files has ended by an exception");
  done_ = work_.get();
  return done_;
}

}  // namespace pge
