#include <algorithm>
#include <cstddef>
#include <format>
#include <utility>

#include "history/history.hpp"
#include "history/place.hpp"
#include "history/quick_look.hpp"
#include "history/refusal.hpp"

namespace pge {

Result<std::vector<AppliedMigration>> History::read(RowDetail detail) {
  looked_.reset();
  auto found = find_history(*session_, wanted_);
  if (!found) return fail(found.error());
  auto rows = read_rows(*found, detail);
  if (!rows) return fail(explain_access(*session_, table_.place(), "select", rows.error()));
  return rows;
}

Query History::first_query() const {
  return relations_query(wanted_);
}

Result<> History::look() {
  auto rows = read();
  if (!rows) return fail(rows.error());
  looked_ = std::move(*rows);
  return {};
}

Result<std::vector<AppliedMigration>> History::rows_of_look() {
  if (auto looked = std::exchange(looked_, std::nullopt)) return *std::move(looked);
  return read();
}

Result<std::vector<AppliedMigration>> History::read_quickly(std::vector<Query> otherwise) {
  looked_.reset();
  // A failure would abort a transaction that is open.
  if (session_->in_transaction()) return read();
  auto found = look_quickly(*session_, wanted_);
  if (!found && (session_->closed() || found.error().is_stop())) return fail(found.error());
  if (found && found->plain) {
    auto rows = read_rows(*found->plain, RowDetail::plan);
    if (rows || session_->closed() || rows.error().is_stop()) return rows;
  } else if (found && found->nothing) {
    otherwise.insert(otherwise.begin(), first_query());
    if (auto asked = session_->ask_ahead(otherwise); !asked) return fail(asked.error());
  }
  // Whatever it is that is not plain, a closer look says it.
  return read();
}

Result<std::vector<AppliedMigration>> History::read_rows(const FoundHistory& found, RowDetail detail) {
  settle(found.table);
  exists_ = found.exists;
  complete_ = found.complete;
  marked_ = found.marked;
  workers_.clear();
  recorded_key_.reset();
  if (!exists_) return std::vector<AppliedMigration>{};
  auto rows = session_->query(std::format("select {} from {}", columns_of(found, detail), qualified_));
  if (!rows) return fail(rows.error());
  // Without the trigger all rows of a subscriber are doubtful.
  const bool doubtful = found.subscribed && !found.marked;
  std::vector<AppliedMigration> history;
  history.reserve(rows->size());
  std::size_t newest = 0;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    const auto needed = format_of(*rows, i);
    if (needed > history_format) return fail(newer_format(qualified_, needed));
    if (order_of(*rows, i) > order_of(*rows, newest)) newest = i;
    auto known = row_of(*rows, i, detail);
    if (!known) continue;
    AppliedMigration& row = history.emplace_back(*std::move(known));
    row.replicated = row.replicated || doubtful;
    if (auto worker = worker_of(*rows, i, row)) workers_.push_back(*std::move(worker));
  }
  if (!rows->empty()) recorded_key_ = lock_key_of(*rows, newest).value_or(table_.derived_key());
  if (auto fits = check_key(); !fits) return fail(fits.error());
  // They usually come in this order, and then there is less to do here than for the server.
  if (!std::ranges::is_sorted(history, {}, &AppliedMigration::applied_order)) {
    std::ranges::stable_sort(history, {}, &AppliedMigration::applied_order);
  }
  return history;
}

/// Who takes another lock than the others excludes nobody.
Result<> History::check_key() const {
  using enum HistoryTable::KeyRule;
  if (!recorded_key_ || *recorded_key_ == table_.lock_key() || table_.key_rule == tell) return {};
  if (table_.key_rule == follow && !table_.key) return {};
  return fail(other_lock_key(qualified_, {.recorded = *recorded_key_, .ours = table_.key, .has_column = complete_},
                             table_.derived_key()));
}

}  // namespace pge
