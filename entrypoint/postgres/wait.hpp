#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "core/backoff.hpp"
#include "core/error.hpp"
#include "core/events.hpp"
#include "core/patience.hpp"
#include "core/repeat.hpp"
#include "core/stop.hpp"
#include "postgres/connect.hpp"
#include "postgres/connection_settings.hpp"
#include "postgres/libpq_warnings.hpp"
#include "postgres/session.hpp"

namespace pge {

/// Gives the connection settings; called before each attempt, because a token in a file expires.
using SettingsSource = std::function<Result<ConnectionSettings>()>;

/// Creates the database that the settings name.
using CreateDatabase = std::function<Result<>(const ConnectionSettings&, LibpqWarnings&)>;

struct WaitPolicy {
  milliseconds timeout;          ///< 0: for ever
  milliseconds connect_timeout;  ///< per host
  milliseconds login_grace;      ///< how long a refused login or an unknown database is tried again
  Backoff backoff = patience::connecting;
};

/// Waits until the database answers a query, and says why it waits: once for each new reason, then every 10 s.
///
/// One object for the whole of `prepare`: its deadline starts with the first wait and starts again when a session
/// that had been established is lost.
class DatabaseWait {
 public:
  DatabaseWait(SettingsSource source, const WaitPolicy& policy, StopToken& stop, Events& events);

  /// A session; `unavailable` at the deadline, `refused` when a login stays refused, `configuration` when the settings
  /// cannot be understood: none of these may be tried again, this object has done so. With `need_primary` a standby or
  /// a read-only server counts as not yet available. `along`: see `connect`.
  Result<Session> session(bool need_primary, const QueryAlong& along = {});

  /// What is done before the first pause and before a database is created, to fail instead. A stop ends the process
  /// there.
  void check_first(std::function<Result<>()> check) { check_ = std::move(check); }

  /// From now on a database that the server does not have is created; an error of that is waited for, or ends the wait,
  /// as any other.
  void create_missing(CreateDatabase create) { create_ = std::move(create); }

  /// Restarts the time-out, because the database had been reachable.
  void restart();

 private:
  Result<Session> attempt(const ConnectionSettings& settings, const QueryAlong& along);
  milliseconds attempt_timeout(const ConnectionSettings& settings) const;
  Result<> check_before();
  Result<> pause(const Error& reason);
  void tell(const Error& reason);

  SettingsSource source_;
  CreateDatabase create_;            ///< empty: it is not created
  std::function<Result<>()> check_;  ///< may be empty
  WaitPolicy policy_;
  StopToken* stop_;
  Events* events_;
  LibpqWarnings warnings_;
  Jitter jitter_;
  Clock::time_point started_{};  ///< of the wait; set by its first attempt
  std::optional<Clock::time_point> refused_since_;
  TellEvery tell_;
  unsigned attempt_ = 0;
};

}  // namespace pge
