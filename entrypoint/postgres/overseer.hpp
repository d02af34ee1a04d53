#pragma once

#include <cstdint>
#include <string>

#include "core/error.hpp"
#include "core/events.hpp"
#include "core/stop.hpp"
#include "postgres/backend.hpp"
#include "postgres/connection_settings.hpp"

namespace pge {

class Session;

/// What a second connection sees of a session that gives no answer.
enum class Sighting : std::uint8_t {
  unseen,             ///< nothing: there was no second connection, or the backend is gone
  at_work,            ///< it exists, and is not in the state below
  waits_for_standby,  ///< its COMMIT is done on this server and waits for a synchronous standby (wait_event SyncRep)
};

/// Looks at a session of ours from a second connection, while that session gives no answer. What matters is a COMMIT
/// that waits for a synchronous standby: a cancel, or the end of its backend, would make it valid here although no
/// standby has it (PostgreSQL manual, "Synchronous Replication"). Not for a session behind a pooler, where nobody knows
/// whose the backend is.
class Overseer {
 public:
  /// `longest`: how long a COMMIT may wait for a standby before we leave; 0: for ever. Keeps the session's stop token
  /// and events, and nothing else of it.
  Overseer(Session& watched, ConnectionSettings settings, milliseconds longest);

  /// Whether synchronous_standby_names was set when the session started.
  bool server_is_synchronous() const noexcept { return synchronous_; }
  milliseconds longest() const noexcept { return longest_; }

  /// Nothing is waited for beyond `patience::look_at_session`.
  Sighting look();

  /// Cancels its statement, unless it waits for a standby; within `patience::cancel_delivery`.
  Sighting cancel();

 private:
  Sighting ask(const std::string& action, milliseconds limit);

  ConnectionSettings settings_;  ///< of the very server where the session is
  Backend backend_;
  bool synchronous_;
  milliseconds longest_;
  StopToken& stop_;
  Events& events_;
};

}  // namespace pge
