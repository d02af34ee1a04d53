#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "migrations/migration_set.hpp"
#include "plan/plan.hpp"
#include "run/upgrade.hpp"

namespace pge {

/// Migration files against the history.
class SqlUpgrade final : public Upgrade {
 public:
  /// What a hint may propose where there are no files.
  enum class Alternative : std::uint8_t { none, alembic };

  /// Starts to find the files and to read them: what is wrong with the directory, a name or a file's bytes is an error
  /// of `finish_reading`. What is wrong in a file is found when the history says which ones matter.
  static SqlUpgrade open(const MigratingSettings& settings, Log& log, Alternative alternative = Alternative::none);
  /// Whether there are migration files here at all.
  static bool has_files(const MigratingSettings& settings);
  /// An upgrade without files.
  SqlUpgrade(const MigratingSettings& settings, Log& log);

  bool reads_history_first() const override { return true; }
  Result<> finish_reading() override;
  bool is_reading() const override { return files_.is_reading(); }
  Result<bool> pending(Session& session, History& history, Strictness strictness) override;
  Result<> check_target(Session& session, History& history, const std::string& search_path) override;
  void tell_done() const override;
  std::size_t applied() const override { return applied_; }
  std::vector<std::string> pending_names() const override;
  std::vector<Field> progress() const override;
  Error behind() const override;
  Result<> check_feasible() const override;
  Result<> check_poolable() const override;
  Result<> carry_out(Turn& turn) override;
  Result<> carry_out_next(Turn& turn) override;

  /// The history alone. Rows stay until the next call.
  Result<> read_rows(History& history, RowDetail detail = RowDetail::plan);

  /// Understands the files as far as the rows ask for. A stop ends the process meanwhile, because a file may be large
  /// and nothing is under way.
  Result<> understand_files(const StopToken& stop);

  /// Understands every file.
  Result<> parse_files();

  bool allows_out_of_order() const { return settings_.out_of_order == OutOfOrderMode::apply; }
  const std::vector<Migration>& files() const { return files_.all(); }
  const std::vector<AppliedMigration>& rows() const { return rows_; }

 private:
  std::vector<Query> first_queries(const History& history) const;
  Result<> refuse_rows_without_tables(Session& session, const History& history) const;
  Result<> prepare_history(Turn& turn);
  void tell_ahead() const;
  Result<> tell_other_schemas(Turn& turn) const;

  const MigratingSettings& settings_;
  Log& log_;
  MigrationSet files_;
  std::vector<AppliedMigration> rows_;
  Plan plan_;
  Alternative alternative_ = Alternative::none;
  bool told_unused_ = false;  ///< what lies beside the files and is not read
  bool has_history_ = false;  ///< a turn through a pooler has created it, or has seen that it is complete
  std::size_t applied_ = 0;   ///< in all turns and sessions
};

}  // namespace pge
