#include "run/look.hpp"

namespace pge {

Result<bool> look_for_pending(Database& database, Session& session, History& history, Upgrade& upgrade,
                              Strictness strictness) {
  return look(database, session, [&]() -> Result<bool> {
    auto pending = upgrade.pending(session, history, strictness);
    if (!pending || !*pending) return pending;
    auto ours = upgrade.check_target(session, history, database.profile().search_path());
    return ours ? pending : fail(ours.error());
  });
}

}  // namespace pge
