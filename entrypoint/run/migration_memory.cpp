#include "run/migration_memory.hpp"

#include <algorithm>
#include <format>

#include "core/invalid.hpp"
#include "core/memory.hpp"
#include "process/memory_limit.hpp"

namespace pge {
namespace {

constexpr std::size_t our_memory = std::size_t{16} << 20U;
/// Session::execute's copy of a statement and libpq's two.
constexpr std::size_t sending_factor = 3;

}  // namespace

std::size_t memory_for_migrations() {
  static const auto limit = memory_limit();
  return limit ? std::max(*limit / 2, *limit - std::min(our_memory, *limit)) : unlimited;
}

Result<> check_memory(const Migration& migration) {
  const Statement longest = migration.up.statements.longest();
  const std::size_t kept = migration.down ? migration.down->text.size() : 0;
  const std::size_t needed = sending_factor * std::max(longest.sql.size(), kept);
  if (needed <= memory_for_migrations()) return {};
  return invalid_at(migration.up.source, longest.offset,
                    std::format("a statement of {} MB: sending it takes more memory than this container has",
                                longest.sql.size() / 1'000'000),
                    std::format("raise the container's memory limit to {} MiB for this migration; or split the "
                                "statement; or load the data by COPY … FROM stdin, which is sent in pieces",
                                ((needed + our_memory) >> 20U) + 1));
}

}  // namespace pge
