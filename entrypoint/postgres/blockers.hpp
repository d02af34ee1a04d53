#pragma once

#include <optional>
#include <string>

#include "core/patience.hpp"
#include "core/repeat.hpp"
#include "postgres/connection_settings.hpp"
#include "postgres/session.hpp"

namespace pge {

/// Logs, through a second connection, the sessions whose locks `blocked` is waiting for: pid, application_name,
/// address, state and how long the transaction has been open. Does nothing if nobody blocks or if the connection cannot
/// be opened.
void report_blockers(Session& blocked, const ConnectionSettings& settings);

/// The same for a program whose sessions are not ours (a migrator). Its sessions are those that have come into this
/// database since the watch began, from our address and from a port that is open in our network namespace: that can be
/// known of any driver. Where something between us and the server changes ports (a proxy), the address alone counts.
class BlockerWatch {
 public:
  /// `ours`: a session that lives as long as the watch. `shortest`: a wait that is worth a line in the log.
  static Result<BlockerWatch> begin(Session& ours, const ConnectionSettings& settings, milliseconds shortest);

  /// Logs who is in the way now: when it is somebody new, and every `patience::tell_every`. Fails only with `ours`, not
  /// with the second connection.
  Result<> look();

 private:
  BlockerWatch(Session& ours, const ConnectionSettings& settings, milliseconds shortest, std::string since);

  Session* ours_;
  const ConnectionSettings* settings_;
  milliseconds shortest_;
  std::string since_;              ///< the server's clock, in seconds
  std::optional<Session> beside_;  ///< open while somebody waits
  TellEvery tell_;
};

}  // namespace pge
