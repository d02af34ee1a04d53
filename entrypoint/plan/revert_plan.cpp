#include "plan/revert_plan.hpp"

#include <algorithm>
#include <format>

#include "migrations/directives.hpp"
#include "migrations/statement_rules.hpp"
#include "plan/plan.hpp"
#include "plan/suspect_rows.hpp"
#include "sql/splitter.hpp"

namespace pge {

namespace {

using Rows = std::vector<const AppliedMigration*>;

/// What was applied by pg-entrypoint, newest first.
Rows newest_first(std::span<const AppliedMigration> history, HistoryKind kind) {
  Rows rows;
  for (const AppliedMigration& row : history) {
    if (row.key.kind == kind) rows.push_back(&row);
  }
  std::ranges::sort(rows, std::ranges::greater{}, &AppliedMigration::applied_order);
  return rows;
}

Result<Rows> choose_all(const Rows& rows, const Rows& baselines) {
  if (baselines.empty()) return rows;
  return fail(
      ExitCode::usage, "a baseline cannot be reverted",
      std::format("revert what was applied after it: pg-entrypoint down --to {}", baselines.front()->key.version));
}

/// Everything that was applied after the version, which is kept.
Result<Rows> choose_to(const Rows& rows, const Rows& baselines, const std::string& typed) {
  const auto version = canonical_version(typed);
  if (!version) return fail(ExitCode::usage, std::format("{} is not a version", typed), "versions are numbers");
  for (const Rows* kept : {&rows, &baselines}) {
    const auto row = std::ranges::find_if(*kept, [&](const auto* one) { return one->key.version == *version; });
    if (row == kept->end()) continue;
    Rows chosen = rows;
    std::erase_if(chosen, [&](const auto* other) { return other->applied_order <= (*row)->applied_order; });
    return chosen;
  }
  return fail(ExitCode::usage, std::format("cannot revert to version {}: it is not applied", *version),
              "pg-entrypoint status lists what is applied");
}

Result<Rows> choose_count(const Rows& rows, const Rows& baselines, std::size_t count) {
  if (!baselines.empty()) {
    // What a baseline stands for was not applied by pg-entrypoint, so the steps end there.
    const auto after = std::ranges::count_if(
        rows, [&](const auto* row) { return row->applied_order > baselines.front()->applied_order; });
    if (count > static_cast<std::size_t>(after)) {
      return fail(ExitCode::usage,
                  std::format("cannot revert {}: only {} applied after the baseline {}, which cannot be reverted",
                              count, after, baselines.front()->key.version),
                  "pg-entrypoint status lists what is applied");
    }
  }
  if (count > rows.size()) {
    return fail(ExitCode::usage, std::format("cannot revert {}: only {} applied", count, rows.size()),
                "pg-entrypoint status lists what is applied");
  }
  return Rows(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(count));
}

/// Whether the file is the one that was applied, so that its down part reverts this row.
bool is_applied_file(const AppliedMigration& row, const Migration* file) {
  return file != nullptr && file->name == row.name && std::ranges::contains(row.checksums, file->checksum.text());
}

std::unexpected<Error> no_down_part(const AppliedMigration& row, const Migration* file) {
  std::string reason = "it has neither a file nor a down part in the history";
  std::string hint = "run down from an image that has its file";
  if (is_applied_file(row, file)) {
    reason = "it has no down part";
    hint = std::format(
        "add it to {}: a line -- migrate:down, and below it the SQL that reverts the up part (the checksum does not "
        "cover it)",
        file->path());
  } else if (file != nullptr) {
    reason = std::format("the history has no down part, and {} is not the file that was applied", file->path());
  }
  return fail(Error{.code = ExitCode::invalid_migrations,
                    .message = std::format("{} cannot be reverted: {}", row.label(), reason),
                    .hint = std::move(hint),
                    .where = {.file = file == nullptr ? std::string{} : file->path()}});
}

/// The down part that the history kept.
Result<Part> kept_part(const AppliedMigration& row) {
  const auto unfit = [&](Error error) {
    error.message = std::format("{} cannot be reverted: {}", row.label(), error.message);
    return fail(std::move(error));
  };
  Part part{.source = {.path = "(down part kept in the history)", .text = row.down_text},
            .text = row.down_text,
            .transactional = row.steps == 0};  // only no-transaction files count steps
  const auto header = read_header(part.source);
  if (!header) return unfit(header.error());
  part.shape.isolation = header->isolation;
  part.lock_timeout = header->lock_timeout;
  part.on_doubt = header->on_doubt;
  auto statements = split_statements(part.source);
  if (!statements) return unfit(std::move(statements.error()));
  part.statements = *std::move(statements);
  if (auto fit = check_statements(part); !fit) return unfit(std::move(fit.error()));
  return part;
}

Result<PlannedRevert> plan_one(const AppliedMigration& row, const Migration* file) {
  if (row.state == HistoryState::running) {
    return fail(Error{.code = ExitCode::invalid_migrations,
                      .message = std::format("{} is half applied: it was interrupted at step {} of {}", row.label(),
                                             row.step, row.steps),
                      .hint = "finish it first: pg-entrypoint migrate",
                      .where = {.file = file == nullptr ? std::string{} : file->path()}});
  }
  const bool is_kept = !is_applied_file(row, file);
  auto part = is_kept ? kept_part(row) : Result<Part>(file->down.value_or(Part{}));
  if (!part) return fail(std::move(part.error()));
  PlannedRevert revert{.applied = &row, .part = *std::move(part), .is_kept = is_kept};
  const bool nothing_to_revert = file != nullptr && file->does_nothing();
  if (revert.part.statements.empty() && !nothing_to_revert) return no_down_part(row, file);
  if (row.state == HistoryState::reverting) {
    if (revert.part.transactional) {
      return fail(
          Error{.code = ExitCode::invalid_migrations,
                .message = std::format(
                    "the rollback of {} was interrupted while running without a transaction, but the file now asks "
                    "for one",
                    row.label()),
                .hint = "restore the directive: -- pg-entrypoint: no-transaction",
                .where = {.file = file == nullptr ? std::string{} : file->path()}});
    }
    revert.resume = {.step = row.step, .note = row.note};
    if (row.step > revert.part.steps()) {
      return fail(ExitCode::invalid_migrations,
                  std::format("the rollback of {} was interrupted at step {}, but its down part now has {} "
                              "steps",
                              row.label(), row.step, revert.part.steps()),
                  "restore the down part as it was when the rollback started");
    }
  }
  return revert;
}

}  // namespace

Result<std::vector<PlannedRevert>> plan_revert(std::span<const Migration> files,
                                               std::span<const AppliedMigration> history,
                                               const RevertOptions& options) {
  if (const auto refused = replicated_rows(history)) return fail(*refused);
  const Rows rows = newest_first(history, HistoryKind::versioned);
  const Rows baselines = newest_first(history, HistoryKind::baseline);
  const auto chosen = options.everything ? choose_all(rows, baselines)
                      : options.to       ? choose_to(rows, baselines, *options.to)
                                         : choose_count(rows, baselines, options.count);
  if (!chosen) return fail(chosen.error());
  std::vector<PlannedRevert> plan;
  plan.reserve(chosen->size());
  for (const AppliedMigration* row : *chosen) {
    auto revert = plan_one(*row, find_migration(files, row->key));
    if (!revert) return fail(std::move(revert.error()));
    plan.push_back(*std::move(revert));
  }
  return plan;
}

}  // namespace pge
