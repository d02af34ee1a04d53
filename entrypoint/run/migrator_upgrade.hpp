#pragma once

#include <memory>
#include <string>
#include <vector>

#include "migrator/judge.hpp"
#include "migrator/migrator_project.hpp"
#include "run/upgrade.hpp"

namespace pge {

/// A project's own migrator, run once under the lock. When the judgement is that the database has all that it would
/// bring, it is not run.
class MigratorUpgrade final : public Upgrade {
 public:
  MigratorUpgrade(const Context& context, Purpose purpose, MigratorProject project);

  /// Fails as `MigratorProject::open` does; with `invalid_migrations` for several heads of Alembic's where one is asked
  /// for; and, to apply, with `not_found` or `cannot_execute` for a misspelt command. None of them should wait for a
  /// database first.
  static Result<std::unique_ptr<Upgrade>> open(const Context& context, Purpose purpose);

  Result<bool> pending(Session& session, History& history, Strictness strictness) override;
  void tell_done() const override;
  std::vector<std::string> pending_names() const override;
  Error behind() const override;
  Result<> check_poolable() const override;
  Result<> carry_out(Turn& turn) override;
  Result<> carry_out_next(Turn&) override { return check_poolable(); }

 private:
  Result<> run(Turn& turn, const std::string& name);
  Result<> look_at_result(const Turn& turn, const std::string& name, milliseconds took);

  const Context& context_;
  Purpose purpose_;
  MigratorProject project_;
  std::string command_line_;  ///< the words, for messages
  MigratorFindings findings_;
  bool heads_recorded_ = false;
};

}  // namespace pge
