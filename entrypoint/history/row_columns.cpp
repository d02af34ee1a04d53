#include "history/row_columns.hpp"

#include <format>
#include <string_view>
#include <utility>

#include "core/strings.hpp"
#include "history/kept_text.hpp"
#include "history/kind_text.hpp"

namespace pge {
namespace {

/// The columns that planning needs; then those of format 2, or what stands for them in a table of format 1.
constexpr const char* columns =
    "kind, version, name, state, step, steps, note, pg_catalog.array_to_string(checksums, ' '), applied_order, format";
constexpr const char* without_new_columns = ", false, false, '', '', ''";

/// `database`: SQL for the one that is here.
std::string new_columns(std::string_view database) {
  return std::format(
      ", replicated, coalesce(applied_in <> {}, false), session_pid, extract(epoch from session_started), lock_key",
      database);
}

constexpr const char* times =
    ", coalesce(pg_catalog.to_char(applied_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), ''), "
    "applied_by, coalesce(milliseconds, 0)";
constexpr const char* down_part = ", coalesce(down_sql, '')";

HistoryState state_of(std::string_view text) {
  if (text == "running") return HistoryState::running;
  if (text == "reverting") return HistoryState::reverting;
  return HistoryState::applied;
}

}  // namespace

std::string columns_of(const FoundHistory& found, RowDetail detail) {
  return std::format("{}{}{}{}", columns, found.complete ? new_columns(found.database) : without_new_columns,
                     detail == RowDetail::plan ? "" : times, detail == RowDetail::down_parts ? down_part : "");
}

std::int64_t format_of(const Rows& rows, std::size_t i) {
  return rows.integer(i, 9);
}

std::int64_t order_of(const Rows& rows, std::size_t i) {
  return rows.integer(i, 8);
}

std::optional<std::int64_t> lock_key_of(const Rows& rows, std::size_t i) {
  return rows.value(i, 14).empty() ? std::nullopt : std::optional(rows.integer(i, 14));
}

std::optional<AppliedMigration> row_of(const Rows& rows, std::size_t i, RowDetail detail) {
  const auto kind = kind_of(rows.value(i, 0));
  if (!kind) return std::nullopt;
  AppliedMigration row{.key = {.kind = *kind, .version = rows.text(i, 1)},
                       .name = kept_text(rows.value(i, 2)),
                       .state = state_of(rows.value(i, 3)),
                       .step = static_cast<std::size_t>(rows.integer(i, 4)),
                       .steps = static_cast<std::size_t>(rows.integer(i, 5)),
                       .note = rows.text(i, 6),
                       .checksums = split(rows.value(i, 7), " "),
                       .down_text = {},
                       .applied_order = order_of(rows, i),
                       .applied_at = {},
                       .applied_by = {},
                       .replicated = rows.boolean(i, 10),
                       .applied_elsewhere = rows.boolean(i, 11)};
  if (detail == RowDetail::plan) return row;
  row.applied_at = rows.text(i, 15);
  row.applied_by = rows.text(i, 16);
  row.milliseconds = rows.integer(i, 17);
  if (detail == RowDetail::down_parts) row.down_text = kept_text(rows.value(i, 18));
  return row;
}

std::optional<Worker> worker_of(const Rows& rows, std::size_t i, const AppliedMigration& row) {
  if (row.state == HistoryState::applied || row.note.empty()) return std::nullopt;
  std::string start = backend_start_of(rows.text(i, 13));
  if (rows.value(i, 12).empty() || start.empty()) return std::nullopt;
  return Worker{.backend = {.pid = static_cast<int>(rows.integer(i, 12)), .started = std::move(start)},
                .migration = row.label()};
}

}  // namespace pge
