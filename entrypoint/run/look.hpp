#pragma once

#include "run/database.hpp"
#include "run/upgrade.hpp"

namespace pge {

/// Does what `read` does, which asks the database and returns a Result. Through a pooler it does so in one transaction,
/// so that the role is not left behind on a server connection that belongs to others as well (ADR 10).
template <typename Read>
auto look(Database& database, Session& session, const Read& read) -> decltype(read()) {
  if (!database.is_pooled(session)) return read();
  if (auto begun = database.profile().begin(session, ""); !begun) return fail(begun.error());
  auto result = read();
  // A failed look has nothing to keep, and COMMIT ends its transaction as well.
  if (auto ended = session.batch("commit"); !ended && result) return fail(ended.error());
  return result;
}

/// Whether something is pending, in a look of this kind. Fails as well where the database may be the wrong one for it.
Result<bool> look_for_pending(Database& database, Session& session, History& history, Upgrade& upgrade,
                              Strictness strictness);

}  // namespace pge
