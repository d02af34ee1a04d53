#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "migrator/migrator_run.hpp"
#include "process/outcome.hpp"

namespace pge {

/// What a migrator's output can tell about its failure.
enum class Sign : std::uint8_t {
  lock_timeout,       ///< a statement waited too long for a lock
  deadlock,           ///< the server ended a deadlock at its cost
  statement_timeout,  ///< a statement took too long
  no_connection,      ///< the server had no connection left for it
  options_refused,    ///< a pooler, or another server than ours, did not accept what PGOPTIONS asks for
};

/// The signs in the output of one run.
class Signs {
 public:
  /// `passed`: what its sessions were asked to start with.
  void look_at(std::string_view line, const std::vector<StartupSetting>& passed);
  void add(Sign sign) { found_.set(static_cast<std::size_t>(sign)); }
  bool has(Sign sign) const { return found_[static_cast<std::size_t>(sign)]; }

 private:
  std::bitset<5> found_;
};

/// The end of a migrator that did not succeed. `gave_way` after a deadlock, and after a lock time-out that
/// --lock-timeout has asked for: trying again helps. `unavailable` when the server had no connection left for it. Else
/// `migration_failed`. `why_killed`: what is known of the reason
/// for a SIGKILL. `output`: the last lines that it has written, masked.
Error explain_migrator_failure(const MigratorCommand& migrator, const Outcome& outcome, const Signs& signs,
                               const std::string& why_killed, const std::string& output);

/// The same end when our own session was lost as well (`lost`): the database has failed and not the migrator, so
/// connecting again may help, and `failure` is only told.
Error explain_migrator_outage(const Error& failure, const Error& lost);

}  // namespace pge
