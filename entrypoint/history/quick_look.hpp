#pragma once

#include <optional>
#include <string>

#include "core/error.hpp"
#include "history/place.hpp"

namespace pge {

/// The query of `look_quickly`, for a session that can be asked it along with something else. It opens no catalog but
/// one: in a new session that is most of what a look at the history costs.
std::string quick_look_sql(const Session& session, const HistoryTable& wanted);

/// What a quick look shows. Where the history is not plainly at its place, `find_history` has to look closer.
struct QuickLook {
  /// The history where it plainly is at its place: a table, no other one in the old default place, no row security, and
  /// no subscription in this database, so that replication has brought nothing. Whether the table has our columns is
  /// for the query that reads them.
  std::optional<FoundHistory> plain = {};
  bool nothing = false;  ///< nothing is to be seen in any place of it
};

Result<QuickLook> look_quickly(Session& session, const HistoryTable& wanted);

}  // namespace pge
