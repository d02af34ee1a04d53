#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "migrator/receipt.hpp"
#include "process/command.hpp"
#include "run/alembic_project.hpp"
#include "run/upgrade.hpp"

namespace pge {

/// A project's own migrator, run once under our lock. A receipt in the history says which inputs have brought the
/// database to which state; with the same inputs and the same state nothing is pending, and it is not run.
class MigratorUpgrade final : public Upgrade {
 public:
  static Result<std::unique_ptr<Upgrade>> open(const Settings& settings, Log& log, const ChildSetting& child);

  Result<bool> pending(Session& session, History& history, bool locked) override;
  void tell_done() const override;
  std::vector<std::string> pending_names() const override;
  Error behind() const override;
  Result<> carry_out(const Workbench& bench) override;

 private:
  MigratorUpgrade(const Settings& settings, Log& log, const ChildSetting& child, std::vector<std::string> words);
  Result<> know_inputs();
  Result<std::optional<std::string>> read_state(Session& session);
  bool pending_by_graph(const std::string& state);
  Result<Command> command(const Session& session) const;
  void tell(std::string_view line);
  Result<> run_once(const Workbench& bench, const Command& command);
  Result<> leave_receipt(const Workbench& bench, milliseconds took);

  const Settings& settings_;
  Log& log_;
  const ChildSetting child_;
  const std::vector<std::string> words_;
  const std::string command_line_;         ///< the words, for messages
  std::string name_;                       ///< the program's, for the log
  std::optional<AlembicProject> alembic_;  ///< when the migrator is Alembic and its files could be read
  std::string state_query_;                ///< empty: the state cannot be told
  std::string unreadable_;                 ///< why the state could not be read
  std::string digest_;                     ///< of the inputs; empty: no receipts
  Standing standing_ = Standing::unknown;
};

}  // namespace pge
