#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "apply/turn.hpp"
#include "core/error.hpp"
#include "history/history.hpp"
#include "run/context.hpp"

namespace pge {

/// How the history is judged.
enum class Strictness : std::uint8_t {
  lenient,  ///< another process may be at work: what it has not finished counts as pending, and is not refused
  strict,   ///< nobody else writes (we hold the lock), or we were asked to judge: what is wrong is an error
};

/// What an upgrade is for.
enum class Purpose : std::uint8_t {
  apply,  ///< to bring the schema up
  look,   ///< to say what is pending
  await,  ///< to see when somebody else has brought it up, perhaps as another role
};

/// What `run` opens it for.
constexpr Purpose purpose_of(MigrateMode mode) noexcept {
  if (mode == MigrateMode::wait) return Purpose::await;
  return mode == MigrateMode::check ? Purpose::look : Purpose::apply;
}

/// For `Upgrade::behind`. The mode may come from the option or from the variable.
inline constexpr const char* check_hint =
    "with check (--migrate, PG_ENTRYPOINT_MIGRATE) nothing is applied: run pg-entrypoint migrate first";

/// What brings the schema up: migration files, or a project's own migrator.
class Upgrade {
 public:
  Upgrade() = default;
  virtual ~Upgrade() = default;
  Upgrade(Upgrade&&) = default;
  Upgrade& operator=(Upgrade&&) = delete;

  /// Whether `pending` reads the history before anything else.
  virtual bool reads_history_first() const { return false; }

  /// What is still being read is read. Called before the database is waited for: a file that cannot be read should be
  /// told at once.
  virtual Result<> finish_reading() { return {}; }
  /// Whether that might take time.
  virtual bool is_reading() const { return false; }

  /// Read what is true now: whether there is anything to do.
  virtual Result<bool> pending(Session& session, History& history, Strictness strictness) = 0;

  /// Refuse a database that may be the wrong one, when something is pending. `search_path` is that of the migrations.
  virtual Result<> check_target(Session&, History&, const std::string& /*search_path*/) { return {}; }

  /// For the log, when nothing is pending.
  virtual void tell_done() const = 0;

  /// How many `carry_out` and `carry_out_next` have done, in all sessions.
  virtual std::size_t applied() const = 0;

  /// What is pending, by name.
  virtual std::vector<std::string> pending_names() const = 0;

  /// The same for the log, while somebody else works on it: how much of how much, and what is next.
  virtual std::vector<Field> progress() const = 0;

  /// Why `--migrate check` does not start, when something is pending.
  virtual Error behind() const = 0;

  /// Refuse what cannot be done here, before the lock is taken.
  virtual Result<> check_feasible() const { return {}; }

  /// Refuse what cannot be done through a pooler, in transactions of their own (ADR 10).
  virtual Result<> check_poolable() const = 0;

  /// Do what is pending.
  virtual Result<> carry_out(Turn& turn) = 0;

  /// Do the next part of it in the transaction that is open, if `check_poolable` accepts it. It may have committed.
  virtual Result<> carry_out_next(Turn& turn) = 0;
};

/// Find the files, or the migrator: that they are not there should not wait for a database. A stop ends the process
/// meanwhile, because nothing is locked yet.
Result<std::unique_ptr<Upgrade>> open_upgrade(const Context& context, Purpose purpose, const StopToken& stop);

/// `Upgrade::finish_reading`, where a stop ends the process: a file may lie on a file system that does not answer.
Result<> finish_reading(Upgrade& upgrade, const StopToken& stop);

}  // namespace pge
