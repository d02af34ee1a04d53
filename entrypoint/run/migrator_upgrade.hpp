#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "migrator/judge.hpp"
#include "migrator/migrator_project.hpp"
#include "process/command.hpp"
#include "run/upgrade.hpp"

namespace pge {

/// A project's own migrator, run once under the lock. When the judgement is that the database has all that it would
/// bring, it is not run.
class MigratorUpgrade final : public Upgrade {
 public:
  MigratorUpgrade(const Context& context, Purpose purpose, MigratorProject project);

  /// Fails as `MigratorProject::open` does; with `invalid_migrations` for several heads of Alembic's where one is asked
  /// for; and, to apply, with `not_found` or `cannot_execute` for a misspelt command or one that its user may not
  /// execute, and as `identity_for` does. None of them should wait for a database first.
  static Result<std::unique_ptr<Upgrade>> open(const Context& context, Purpose purpose);

  Result<bool> pending(Session& session, History& history, Strictness strictness) override;
  void tell_done() const override;
  std::size_t applied() const override { return applied_; }
  std::vector<std::string> pending_names() const override;
  std::vector<Field> progress() const override;
  Error behind() const override;
  Result<> check_poolable() const override;
  Result<> carry_out(Turn& turn) override;
  Result<> carry_out_next(Turn&) override { return check_poolable(); }

 private:
  Command command() const;
  Result<> take_on_user();
  Result<> run(Turn& turn, const std::string& name);
  std::string hint_for_failure(const Turn& turn, const std::string& hint) const;
  Result<> look_at_result(const Turn& turn, const std::string& name, milliseconds took);

  const Context& context_;
  Purpose purpose_;
  MigratorProject project_;
  std::string command_line_;          ///< the words, for messages
  std::optional<Identity> identity_;  ///< whom it runs as; nothing: the starting user
  MigratorFindings findings_;
  bool heads_recorded_ = false;
  std::size_t applied_ = 0;  ///< revisions where they are known, else runs
};

}  // namespace pge
