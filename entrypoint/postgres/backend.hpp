#pragma once

#include <string>
#include <string_view>

#include "core/error.hpp"

namespace pge {

class Session;

/// A process of the server that serves one session. Pids are used again, so a pid alone does not identify it.
struct Backend {
  int pid = 0;
  std::string started = {};  ///< backend_start of pg_stat_activity, as `backend_start_of`; empty: it cannot be read

  bool operator==(const Backend&) const = default;
};

/// A session that works on a step of a migration, as the history names it.
struct Worker {
  Backend backend;
  std::string migration;  ///< "7_create_votes"
};

/// A start as a Backend has it, from what `extract(epoch from …)` gives: UTC with microseconds, which every server
/// reads back exactly, whatever its DateStyle is. Empty for an empty text.
std::string backend_start_of(std::string_view epoch);

/// Whether this backend, which worked in the session's database, still exists. Where its start cannot be read (it
/// belongs to another login role, and ours is not a member of pg_read_all_stats), any backend that has its pid in this
/// database counts, unless it must be from before the last start of the server.
Result<bool> is_alive(Session& session, const Backend& backend);

/// End a backend that a lost session of ours has left behind, and wait for its end for at most
/// `patience::lost_session_end`. True when it has ended by that. One whose COMMIT may be waiting for a synchronous
/// standby, or about to, is left alone: its end would make the transaction valid on this server only.
Result<bool> end_backend(Session& session, const Backend& backend);

}  // namespace pge
