#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "migrator/migrator_project.hpp"
#include "migrator/receipt.hpp"
#include "run/upgrade.hpp"

namespace pge {

/// A project's own migrator, run once under the lock. A receipt in the history says which inputs have brought the
/// database to which state; with the same inputs and the same state nothing is pending, and it is not run.
class MigratorUpgrade final : public Upgrade {
 public:
  static Result<std::unique_ptr<Upgrade>> open(const Context& context, Purpose purpose);

  Result<bool> pending(Session& session, History& history, Strictness strictness) override;
  void tell_done() const override;
  std::vector<std::string> pending_names() const override;
  Error behind() const override;
  Result<> carry_out(Turn& turn) override;

 private:
  MigratorUpgrade(const Context& context, Purpose purpose, MigratorProject project);
  bool pending_by_graph(const std::string& state);
  Result<> leave_receipt(const Turn& turn, const std::string& name, milliseconds took);

  const Context& context_;
  Purpose purpose_;
  MigratorProject project_;
  std::string command_line_;  ///< the words, for messages
  Standing standing_ = Standing::unknown;
};

}  // namespace pge
