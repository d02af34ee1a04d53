#include "run/history_settings.hpp"

namespace pge {
namespace {

/// A start that does not migrate by itself only looks at the lock.
HistoryTable::KeyRule key_rule(const Settings& settings) {
  using enum HistoryTable::KeyRule;
  switch (settings.command) {
    case CommandName::status:
      return tell;
    case CommandName::check:
    case CommandName::wait:
      return follow;
    case CommandName::run:
    case CommandName::migrate:
      return settings.migrating.mode == MigrateMode::automatic ? same : follow;
    default:
      return same;
  }
}

}  // namespace

Result<HistoryTable> history_table(const Settings& settings) {
  auto table = HistoryTable::parse(settings.migrating.history_table, settings.migrating.allow_existing);
  if (!table) return table;
  table->key = settings.migrating.lock_key;
  table->key_rule = key_rule(settings);
  return table;
}

}  // namespace pge
