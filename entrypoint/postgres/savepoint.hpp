#pragma once

#include "core/error.hpp"
#include "postgres/session.hpp"

namespace pge {

/// Does what `attempt` does, which returns a Result and may fail without harm: in an open transaction a savepoint keeps
/// the failure from aborting the rest.
template <typename Attempt>
auto with_savepoint(Session& session, const Attempt& attempt) -> decltype(attempt()) {
  if (!session.in_transaction()) return attempt();
  if (auto set = session.batch("savepoint attempt"); !set) return fail(set.error());
  auto result = attempt();
  if (!result && session.in_transaction()) {
    if (auto undone = session.batch("rollback to savepoint attempt"); !undone) return fail(undone.error());
  }
  return result;
}

}  // namespace pge
