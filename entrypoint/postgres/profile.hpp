#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "postgres/own_statement.hpp"
#include "postgres/pooled_state.hpp"
#include "postgres/session.hpp"

namespace pge {

/// A setting of the server's, as SET takes it.
struct ServerSetting {
  const char* name;
  const char* value;                  ///< in our session
  const char* for_migrators = value;  ///< in a migrator's
  int since = 0;                      ///< the server_version_num that has brought it
};

/// A killed client does not end its statement by itself: the server has to look whether it is still there, every so
/// many milliseconds.
inline constexpr ServerSetting client_check{.name = "client_connection_check_interval", .value = "500"};

/// What makes a server notice a dead client soon and spare a living one. A server may not know a setting
/// (transaction_timeout is new in 17) or not support it (client_connection_check_interval needs Linux); then it is left
/// out. A migrator's session ends before the one with the lock when both are cut off: nobody else may get the lock
/// while a statement of it runs (`patience::migrator_without_client`).
std::span<const ServerSetting> safety_settings() noexcept;

/// How long the profile holds.
enum class ProfileScope : std::uint8_t {
  session,      ///< until it is applied again: the session is ours
  transaction,  ///< until the transaction's end: through a pooler the server connection belongs to others as well
};

struct ProfileSettings {
  ProfileScope scope = ProfileScope::session;
  std::string role;         ///< SET ROLE; empty: the login role
  std::string search_path;  ///< as in SET search_path; empty: the connection's own
  std::chrono::milliseconds lock_timeout{0};
  std::chrono::milliseconds statement_timeout{0};
};

/// The one state that every migration finds the session in, whatever the one before it did: all that DISCARD ALL
/// resets except the advisory lock, then our settings. By SET, because poolers refuse start-up options.
///
/// In the scope of a transaction everything is SET LOCAL, and what the migration itself has left in the session is
/// taken back before COMMIT (`PooledState`).
class SessionProfile {
 public:
  explicit SessionProfile(ProfileSettings settings) : settings_(std::move(settings)) {}

  /// Bring the session to the profile: outside any transaction, or in the scope of a transaction inside it.
  Result<> apply(Session& session);

  /// Find out which of our settings this server accepts; `apply` does so too, but not inside a transaction.
  Result<> choose_safety(Session& session);

  /// Starts a transaction through a pooler, with the role alone. `access`: `read write`, or nothing. Fails as
  /// `begin_through_pooler` does.
  Result<> begin(Session& session, const std::string& access) const;

  /// The role alone, for a session that only reads: the history belongs to it.
  Result<> assume_role(Session& session) const;

  /// In a migration's transaction, before the history row is written: restores identity and encoding, and removes
  /// time-outs that the migration has set.
  Result<> restore_identity(Session& session);

  /// The same, but only until the end of the transaction, so that what the file has set is still in force for its next
  /// statement.
  Result<> restore_identity_locally(Session& session);

  /// What `apply` does in the scope of a session, and `set_lock_timeout`, as statements for a pipeline, in the
  /// transaction that has just begun. `choose_safety` comes first.
  std::vector<OwnStatement> statements(Session& session, std::chrono::milliseconds lock_timeout) const;

  /// What `restore_identity` does in the scope of a session, as statements for a pipeline.
  std::vector<OwnStatement> identity_statements(const Session& session) const;

  /// Change lock_timeout for what follows.
  static Result<> set_lock_timeout(Session& session, std::chrono::milliseconds timeout);

  /// The same where it is still `ours`: a file may have set its own.
  static Result<> replace_lock_timeout(Session& session, std::chrono::milliseconds ours,
                                       std::chrono::milliseconds timeout);

  /// The same, but only until the end of the transaction.
  static Result<> set_lock_timeout_locally(Session& session, std::chrono::milliseconds timeout);

  /// Empty: the connection's own.
  const std::string& search_path() const noexcept { return settings_.search_path; }

  /// What makes the server notice a dead client soon and spare a living one, as far as this server supports it. Empty
  /// before `choose_safety`.
  const std::vector<ServerSetting>& safety() const noexcept { return safety_; }

  /// "role=app search_path=… lock_timeout=5s", for the log.
  std::vector<Field> describe() const;

 private:
  Result<> apply_to_session(Session& session);
  Result<> set_for_session(Session& session) const;
  std::vector<OwnStatement> own_identity(const Session& session) const;
  std::string settings_of(const Session& session, std::string_view set) const;
  std::string local_identity(const Session& session) const;

  ProfileSettings settings_;
  std::vector<ServerSetting> safety_;  ///< the server-side settings this server accepted
  bool chosen_ = false;
  PooledState found_;  ///< in the scope of a transaction: what it has found
};

}  // namespace pge
