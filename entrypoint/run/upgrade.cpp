#include "run/upgrade.hpp"

#include "run/migrator_upgrade.hpp"
#include "run/sql_upgrade.hpp"

namespace pge {

Result<std::unique_ptr<Upgrade>> open_upgrade(const Context& context, Purpose purpose, const StopToken& stop) {
  const DeliverStops deliver(stop);
  if (!context.settings.migrator.command_line.empty()) return MigratorUpgrade::open(context, purpose);
  return std::make_unique<SqlUpgrade>(
      SqlUpgrade::open(context.settings.migrating, context.log, SqlUpgrade::Alternative::alembic));
}

Result<> finish_reading(Upgrade& upgrade, const StopToken& stop) {
  const DeliverStops deliver(stop);
  return upgrade.finish_reading();
}

}  // namespace pge
