#include "run/upgrade.hpp"

#include "alembic/alembic_config.hpp"
#include "run/migrator_upgrade.hpp"
#include "run/sql_upgrade.hpp"

namespace pge {

Result<std::unique_ptr<Upgrade>> open_upgrade(const Settings& settings, Log& log, const ChildSetting& child) {
  if (settings.command == CommandName::run && settings.migrate == MigrateMode::off) {
    log.warning("PG_ENTRYPOINT_MIGRATE=off: migrations are neither applied nor checked");
    return nullptr;
  }
  if (!settings.migrator.empty()) return MigratorUpgrade::open(settings, log, child);
  auto upgrade = SqlUpgrade::open(settings, log);
  if (!upgrade) {
    Error error = upgrade.error();
    if (error.code == ExitCode::no_input && !find_alembic_config().empty()) {
      error.hint += "; for a project that keeps Alembic: --migrator 'alembic upgrade head'";
    }
    return fail(std::move(error));
  }
  return std::make_unique<SqlUpgrade>(*std::move(upgrade));
}

}  // namespace pge
