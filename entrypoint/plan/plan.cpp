#include "plan/plan.hpp"

#include <algorithm>
#include <format>
#include <ranges>

#include "plan/comparison.hpp"
#include "plan/labels.hpp"
#include "plan/suspect_rows.hpp"

namespace pge {

namespace {

std::string directory_of(const Migration& file) {
  const std::size_t slash = file.path().rfind('/');
  return slash == std::string::npos ? "." : file.path().substr(0, std::max<std::size_t>(slash, 1));
}

std::unexpected<Error> invalid(std::string message, std::string hint, const Migration* file = nullptr) {
  return fail(Error{.code = ExitCode::invalid_migrations,
                    .message = std::move(message),
                    .hint = std::move(hint),
                    .where = {.file = file == nullptr ? std::string{} : file->path()}});
}

/// The comparison, rule by rule. Each rule relies on what the earlier ones have ruled out.
class Planner {
 public:
  Planner(std::span<const Migration> files, std::span<const AppliedMigration> history, const PlanOptions& options)
      : files_(files), all_rows_(history), options_(options), compared_(files, history) {}

  Result<Plan> plan() {
    for (const auto rule :
         {&Planner::refuse_replicated, &Planner::choose_limit, &Planner::refuse_unfinished_rollback,
          &Planner::refuse_foreign, &Planner::refuse_others, &Planner::refuse_holes, &Planner::refuse_drift,
          &Planner::collect_pending, &Planner::refuse_late, &Planner::refuse_divergence}) {
      if (auto done = (this->*rule)(); !done) return fail(std::move(done.error()));
    }
    return std::move(plan_);
  }

 private:
  Result<> refuse_replicated() {
    if (const auto refused = replicated_rows(all_rows_)) return fail(*refused);
    return {};
  }

  Result<> choose_limit() {
    if (!options_.to) return {};
    auto version = canonical_version(*options_.to);
    if (!version)
      return fail(ExitCode::usage, std::format("{} is not a version", *options_.to), "versions are numbers");
    limit_ = Key{.version = *std::move(version)};
    const bool known = compared_.file_of(*limit_) != nullptr || compared_.row_of(*limit_) != nullptr;
    if (known || compared_.baseline() == limit_) return {};
    return fail(ExitCode::usage, std::format("unknown version {}", limit_->version),
                "it is neither a migration file nor in the history; pg-entrypoint status lists both");
  }

  Result<> refuse_unfinished_rollback() {
    const auto reverting = [](const AppliedMigration* applied) { return applied->state == HistoryState::reverting; };
    const auto row = std::ranges::find_if(rows_, reverting);
    if (!options_.under_lock) plan_.unfinished_rollback = row != rows_.end();
    if (!options_.under_lock || row == rows_.end()) return {};
    return invalid(std::format("the rollback of {} was not finished (step {} of {})", (*row)->label(), (*row)->step,
                               (*row)->steps),
                   "finish it first: pg-entrypoint down", compared_.file_of((*row)->key));
  }

  /// A history that shares nothing with the files belongs to another application.
  Result<> refuse_foreign() {
    if (!compared_.is_foreign()) return {};
    return invalid(
        std::format("none of the {} applied migrations is in {}: wrong database or wrong --dir? (applied: {})",
                    rows_.size(), directory_of(files_.front()), list_labels(rows_)),
        "compare pg-entrypoint status with the files; check --dir and the database URL. If another application uses "
        "this database, give this one a history of its own: --history-table SCHEMA.TABLE");
  }

  /// Two applications with one history, or two branches that gave two migrations one version.
  Result<> refuse_others() {
    for (const auto& [row, file] : std::views::zip(rows_, compared_.files_of_rows())) {
      if (file != nullptr && is_other_migration(*row, *file)) return fail(other_migration(*row, *file));
    }
    return {};
  }

  /// A row without a file is ahead if it was applied after everything that this image knows; otherwise a file is
  /// missing.
  Result<> refuse_holes() {
    plan_.ahead = compared_.ahead();
    if (compared_.holes().empty()) return {};
    return invalid(std::format("applied before {}, but missing from {}: {}", compared_.last_known()->label(),
                               directory_of(files_.front()), list_labels(compared_.holes())),
                   "restore the missing files: this image does not know what was applied in between");
  }

  Result<> refuse_drift() {
    for (const auto& [row, file] : std::views::zip(rows_, compared_.files_of_rows())) {
      if (file == nullptr || std::ranges::contains(row->checksums, file->checksum.text())) continue;
      if (row->state == HistoryState::running) {
        return invalid(std::format("{} was interrupted at step {} of {} and its file has changed since", row->label(),
                                   row->step, row->steps),
                       std::format("restore the file as it was; or, if the statements before the interruption are "
                                   "unchanged and the rest is fixed: pg-entrypoint accept {}",
                                   row->key.version),
                       file);
      }
      const std::string applied = row->checksums.empty() ? "none" : row->checksums.front().substr(0, 12);
      return invalid(
          std::format("{} has changed since it was applied: its checksum is {}, the recorded one {}", file->path(),
                      file->checksum.text().substr(0, 12), applied),
          std::format("restore the file, or if the change is harmless: pg-entrypoint accept {}", row->key.version),
          file);
    }
    return {};
  }

  Result<> collect_pending() {
    for (const auto& [file, row] : std::views::zip(files_, compared_.rows_of_files())) {
      if (limit_ && *limit_ < file.key) continue;
      if (row == nullptr) {
        if (compared_.under_baseline(file.key)) continue;
        plan_.pending.push_back({.migration = &file});
        fresh_.push_back(&file);
      } else if (row->state == HistoryState::running) {
        if (file.up.transactional) return invalid_resume(row->label(), file);
        if (row->step > file.up.steps()) {
          return invalid(std::format("{} was interrupted at step {}, but its file now has {} steps", row->label(),
                                     row->step, file.up.steps()),
                         "restore the file as it was", &file);
        }
        plan_.pending.push_back({.migration = &file, .resume = Resume{.step = row->step, .note = row->note}});
      }
    }
    const auto by_version = [](const PlannedMigration& a, const PlannedMigration& b) {
      return a.migration->key < b.migration->key;
    };
    std::ranges::sort(plan_.pending, by_version);
    return {};
  }

  static std::unexpected<Error> invalid_resume(const std::string& label, const Migration& file) {
    return invalid(std::format("{} was interrupted while running without a transaction, but the file now asks for "
                               "one",
                               label),
                   "restore the directive: -- pg-entrypoint: no-transaction", &file);
  }

  Result<> refuse_late() {
    if (options_.allow_out_of_order) return {};
    auto late = fresh_;
    std::erase_if(late, [&](const Migration* file) { return !compared_.is_late(*file); });
    if (late.empty()) return {};
    return invalid(std::format("out of order: {} is pending, but version {} was already applied", list_labels(late),
                               compared_.highest()->version),
                   "give the file a higher version, or apply it late with --out-of-order=apply", late.front());
  }

  /// New files here and rows from another image mean two branches. Whichever is applied last looks like a missing file
  /// to the other.
  Result<> refuse_divergence() {
    if (plan_.ahead.empty() || fresh_.empty()) return {};
    return invalid(std::format("diverged: the database has {} which {} does not have, and {} is pending",
                               list_labels(plan_.ahead), directory_of(files_.front()), list_labels(fresh_)),
                   "merge the two branches, so that one image has all of these files, and deploy that", fresh_.front());
  }

  std::span<const Migration> files_;
  std::span<const AppliedMigration> all_rows_;
  const PlanOptions& options_;
  Comparison compared_;
  const std::vector<const AppliedMigration*>& rows_ = compared_.rows();
  std::optional<Key> limit_;
  std::vector<const Migration*> fresh_;  // pending files without a row
  Plan plan_;
};

}  // namespace

const Migration* find_migration(std::span<const Migration> files, const Key& key) noexcept {
  const auto found = std::ranges::find(files, key, &Migration::key);
  return found == files.end() ? nullptr : &*found;
}

Result<Plan> make_plan(std::span<const Migration> files, std::span<const AppliedMigration> history,
                       const PlanOptions& options) {
  return Planner(files, history, options).plan();
}

}  // namespace pge
