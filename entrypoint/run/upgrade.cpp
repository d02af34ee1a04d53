#include "run/upgrade.hpp"

#include "alembic/alembic_config.hpp"
#include "run/migrator_upgrade.hpp"
#include "run/sql_upgrade.hpp"

namespace pge {

Result<std::unique_ptr<Upgrade>> open_upgrade(const Context& context, Purpose purpose, const StopToken& stop) {
  const DeliverStops deliver(stop);
  if (!context.settings.migrator.command_line.empty()) return MigratorUpgrade::open(context, purpose);
  auto upgrade = SqlUpgrade::open(context.settings.migrating, context.log);
  if (!upgrade) {
    Error error = upgrade.error();
    if (error.code == ExitCode::no_input && !find_alembic_config().empty()) {
      error.hint += "; if the project keeps Alembic: --migrator 'alembic upgrade head'";
    }
    return fail(std::move(error));
  }
  return std::make_unique<SqlUpgrade>(*std::move(upgrade));
}

Result<> finish_reading(Upgrade& upgrade, const StopToken& stop) {
  const DeliverStops deliver(stop);
  return upgrade.finish_reading();
}

}  // namespace pge
