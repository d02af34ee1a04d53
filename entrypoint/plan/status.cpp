#include "plan/status.hpp"

#include <algorithm>
#include <format>
#include <nlohmann/json.hpp>
#include <optional>

#include "plan/plan.hpp"

namespace pge {
namespace {

std::string_view name_of(MigrationStatus status) {
  switch (status) {
    case MigrationStatus::applied:
      return "applied";
    case MigrationStatus::pending:
      return "pending";
    case MigrationStatus::baselined:
      return "baselined";
    case MigrationStatus::running:
      return "running";
    case MigrationStatus::reverting:
      return "reverting";
    case MigrationStatus::drifted:
      return "drifted";
    case MigrationStatus::unknown:
      return "unknown";
    case MigrationStatus::replicated:
      return "replicated";
  }
  return "unknown";
}

MigrationStatus status_of(const AppliedMigration& row, const Migration* file) {
  if (row.replicated) return MigrationStatus::replicated;
  if (row.key.kind == HistoryKind::baseline) return MigrationStatus::baselined;
  if (row.state == HistoryState::running) return MigrationStatus::running;
  if (row.state == HistoryState::reverting) return MigrationStatus::reverting;
  if (file == nullptr) return MigrationStatus::unknown;
  return std::ranges::contains(row.checksums, file->checksum) ? MigrationStatus::applied : MigrationStatus::drifted;
}

/// The key of a file of the baseline's version.
std::optional<Key> baseline_of(std::span<const AppliedMigration> history) {
  for (const AppliedMigration& row : history) {
    if (row.key.kind == HistoryKind::baseline) return Key{.version = row.key.version};
  }
  return std::nullopt;
}

}  // namespace

std::vector<StatusLine> describe_status(std::span<const Migration> files, std::span<const AppliedMigration> history) {
  std::vector<StatusLine> lines;
  for (const AppliedMigration& row : history) {
    if (row.key.kind != HistoryKind::versioned && row.key.kind != HistoryKind::baseline) continue;
    const Migration* file = find_migration(files, row.key);
    lines.push_back({.status = status_of(row, file),
                     .key = row.key,
                     .name = row.name,
                     .file_name = file == nullptr || file->name == row.name ? std::string{} : file->name,
                     .applied_at = row.applied_at,
                     .applied_by = row.applied_by,
                     .milliseconds = row.milliseconds,
                     .step = row.step,
                     .steps = row.steps,
                     .applied_elsewhere = row.applied_elsewhere});
  }
  const auto baseline = baseline_of(history);
  for (const Migration& file : files) {
    const auto told = [&](const StatusLine& line) {
      const bool stands_for_it = line.key.kind == HistoryKind::baseline && line.key.version == file.key.version;
      return line.key == file.key || stands_for_it;
    };
    if (std::ranges::any_of(lines, told)) continue;
    const bool covered = baseline && file.key <= *baseline;
    lines.push_back({.status = covered ? MigrationStatus::baselined : MigrationStatus::pending,
                     .key = file.key,
                     .name = file.name});
  }
  return lines;
}

std::string status_table(const std::vector<StatusLine>& lines) {
  std::size_t widest = 7;
  for (const StatusLine& line : lines) widest = std::max(widest, line.key.version.size());
  std::string out =
      std::format("{:<10} {:<{}} {:<20} {:>8}  {}\n", "STATUS", "VERSION", widest, "APPLIED AT", "MS", "NAME");
  for (const StatusLine& line : lines) {
    const bool interrupted = line.status == MigrationStatus::running || line.status == MigrationStatus::reverting;
    std::string note = interrupted ? std::format("  (step {} of {})", line.step, line.steps) : "";
    if (!line.file_name.empty()) note += std::format("  (file: {})", line.file_name);
    if (line.applied_elsewhere) note += "  (applied in another database)";
    const bool done = !line.applied_at.empty();
    out += std::format("{:<10} {:<{}} {:<20} {:>8}  {}{}\n", name_of(line.status), line.key.version, widest,
                       line.applied_at, done ? std::to_string(line.milliseconds) : "", line.name, note);
  }
  return out;
}

std::string status_json(const std::vector<StatusLine>& lines) {
  nlohmann::ordered_json migrations = nlohmann::ordered_json::array();
  for (const StatusLine& line : lines) {
    nlohmann::ordered_json entry{{"version", line.key.version}, {"name", line.name}, {"status", name_of(line.status)}};
    if (!line.file_name.empty()) entry["file"] = line.file_name;
    if (!line.applied_at.empty()) {
      entry["applied_at"] = line.applied_at;
      entry["applied_by"] = line.applied_by;
      entry["milliseconds"] = line.milliseconds;
    }
    if (line.applied_elsewhere) entry["applied_elsewhere"] = true;
    if (line.steps > 0) {
      entry["step"] = line.step;
      entry["steps"] = line.steps;
    }
    migrations.push_back(std::move(entry));
  }
  const auto count = [&](MigrationStatus status) { return std::ranges::count(lines, status, &StatusLine::status); };
  const nlohmann::ordered_json document{{"migrations", std::move(migrations)},
                                        {"applied", count(MigrationStatus::applied)},
                                        {"pending", count(MigrationStatus::pending)}};
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace pge
