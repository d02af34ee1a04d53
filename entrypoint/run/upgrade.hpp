#pragma once

#include <memory>
#include <string>
#include <vector>

#include "apply/workbench.hpp"
#include "config/settings.hpp"
#include "core/error.hpp"
#include "history/history.hpp"
#include "log/log.hpp"
#include "process/signals.hpp"

namespace pge {

/// What brings the schema up: migrations of ours, or a project's own migrator.
class Upgrade {
 public:
  Upgrade() = default;
  virtual ~Upgrade() = default;
  Upgrade(Upgrade&&) = default;
  Upgrade& operator=(Upgrade&&) = delete;

  /// Read what is true now: whether there is anything to do. Without the lock another process may be at work: what it
  /// has not finished counts as pending, and is not judged.
  virtual Result<bool> pending(Session& session, History& history, bool locked) = 0;

  /// For the log, when nothing is pending.
  virtual void tell_done() const = 0;

  /// What is pending, by name.
  virtual std::vector<std::string> pending_names() const = 0;

  /// Why `--migrate check` does not start, when something is pending.
  virtual Error behind() const = 0;

  /// Refuse what cannot be done here, before the lock is taken.
  virtual Result<> check_feasible() const { return {}; }

  /// Do what is pending, under the lock.
  virtual Result<> carry_out(const Workbench& bench) = 0;
};

/// What a child process is given: the environment of the application, and the signal state we were started with.
struct ChildSetting {
  const std::vector<std::string>& environment;
  const SignalState& inherited;
};

/// Reads the files first: what is wrong with them should not wait for a database. Nothing with `--migrate off`.
Result<std::unique_ptr<Upgrade>> open_upgrade(const Settings& settings, Log& log, const ChildSetting& child);

}  // namespace pge
