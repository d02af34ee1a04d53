#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "postgres/session.hpp"

namespace pge {

/// A setting of the server's, as SET takes it.
struct ServerSetting {
  const char* name;
  const char* value;
};

/// A killed client does not end its statement by itself: the server has to look whether it is still there, every so
/// many milliseconds.
inline constexpr ServerSetting client_check{.name = "client_connection_check_interval", .value = "500"};

struct ProfileSettings {
  std::string role;         ///< SET ROLE; empty: the login role
  std::string search_path;  ///< as in SET search_path; empty: the connection's own
  std::chrono::milliseconds lock_timeout{0};
  std::chrono::milliseconds statement_timeout{0};
};

/// The one state that every migration finds the session in, whatever the one before it did: all that DISCARD ALL
/// resets except the advisory lock, then our settings. By SET, because poolers refuse start-up options.
class SessionProfile {
 public:
  explicit SessionProfile(ProfileSettings settings) : settings_(std::move(settings)) {}

  /// Bring the session to the profile, outside any transaction.
  Result<> apply(Session& session);

  /// The role alone, for a session that only reads: the history belongs to it.
  Result<> assume_role(Session& session) const;

  /// In a migration's transaction, before the history row is written: restores identity and encoding, and removes
  /// time-outs that the migration has set.
  Result<> restore_identity(Session& session);

  /// The same, but only until the end of the transaction, so that what the file has set is still in force for its next
  /// statement.
  Result<> restore_identity_locally(Session& session);

  /// Change lock_timeout for what follows.
  static Result<> set_lock_timeout(Session& session, std::chrono::milliseconds timeout);

  /// Empty: the connection's own.
  const std::string& search_path() const noexcept { return settings_.search_path; }

  /// What makes the server notice a dead client soon and spare a living one, as far as this server supports it. Empty
  /// before `apply`.
  const std::vector<ServerSetting>& safety() const noexcept { return accepted_; }

  /// "role=app search_path=… lock_timeout=5s", for the log.
  std::vector<Field> describe() const;

 private:
  Result<> choose_safety(Session& session);

  ProfileSettings settings_;
  std::vector<ServerSetting> accepted_;  ///< of the server-side settings
  std::string safety_;                   ///< the statements that set these
  bool chosen_ = false;
};

}  // namespace pge
