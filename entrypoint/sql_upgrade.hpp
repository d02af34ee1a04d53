#pragma once

#include <string>
#include <vector>

#include "migrate/plan.hpp"
#include "upgrade.hpp"

namespace pge {

/// `--dir`, else ./migrations, else /migrations.
std::string migrations_directory(const Settings& settings);

/// Migrations of ours: the files against the history.
class SqlUpgrade final : public Upgrade {
 public:
  SqlUpgrade(const Settings& settings, Log& log, std::vector<Migration> files)
      : settings_(settings), log_(log), files_(std::move(files)) {}

  Result<bool> pending(Session& session, History& history, bool locked) override;
  void tell_done() const override;
  std::vector<std::string> pending_names() const override;
  Error behind() const override;
  Result<> carry_out(const Workbench& bench) override;

  /// The history alone. Rows stay until the next call.
  Result<> read_rows(History& history);

  /// History against files. Rows and plan stay until the next call.
  Result<const Plan*> read_plan(History& history, bool locked);

  void tell_ahead() const;
  const std::vector<Migration>& files() const { return files_; }
  const std::vector<AppliedMigration>& rows() const { return rows_; }

 private:
  const Settings& settings_;
  Log& log_;
  std::vector<Migration> files_;
  std::vector<AppliedMigration> rows_;
  Plan plan_;
};

}  // namespace pge
