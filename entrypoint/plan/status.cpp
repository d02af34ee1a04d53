#include "plan/status.hpp"

#include <algorithm>
#include <format>
#include <nlohmann/json.hpp>
#include <unordered_set>
#include <utility>

#include "plan/comparison.hpp"

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
    case MigrationStatus::late:
      return "late";
    case MigrationStatus::ahead:
      return "ahead";
    case MigrationStatus::unknown:
      return "unknown";
    case MigrationStatus::replicated:
      return "replicated";
  }
  return "unknown";
}

/// Writes the lines, in their order.
class Describer {
 public:
  Describer(std::span<const Migration> files, std::span<const AppliedMigration> history, bool allow_out_of_order)
      : files_(files), compared_(files, history), allow_out_of_order_(allow_out_of_order) {}

  std::vector<StatusLine> describe(std::span<const AppliedMigration> history) {
    lines_.reserve(history.size() + files_.size());
    for (const AppliedMigration& row : history) {
      if (row.key.kind == HistoryKind::baseline) add_baselined_files(row.key.version);
      if (row.key.kind == HistoryKind::versioned || row.key.kind == HistoryKind::baseline) add(row);
    }
    for (const Migration& file : files_) {
      if (is_told(file.key)) continue;
      const bool late = !allow_out_of_order_ && compared_.is_late(file);
      add(file, late ? MigrationStatus::late : MigrationStatus::pending);
    }
    return std::move(lines_);
  }

 private:
  MigrationStatus status_of(const AppliedMigration& row, const Migration* file) const {
    if (row.replicated) return MigrationStatus::replicated;
    if (row.key.kind == HistoryKind::baseline) return MigrationStatus::baselined;
    if (row.state == HistoryState::running) return MigrationStatus::running;
    if (row.state == HistoryState::reverting) return MigrationStatus::reverting;
    if (file != nullptr) {
      return std::ranges::contains(row.checksums, file->checksum.text()) ? MigrationStatus::applied
                                                                         : MigrationStatus::drifted;
    }
    const bool ahead = !compared_.is_foreign() && std::ranges::contains(compared_.ahead(), &row);
    return ahead ? MigrationStatus::ahead : MigrationStatus::unknown;
  }

  void add(const AppliedMigration& row) {
    const Migration* file = compared_.file_of({.version = row.key.version});
    const bool named_by_file = row.key.kind == HistoryKind::baseline && file != nullptr;
    add(StatusLine{.status = status_of(row, file),
                   .key = row.key,
                   .name = named_by_file ? file->name : row.name,
                   .file_name = file == nullptr || named_by_file || file->name == row.name ? "" : file->name,
                   .applied_at = row.applied_at,
                   .applied_by = row.applied_by,
                   .milliseconds = row.milliseconds,
                   .step = row.step,
                   .steps = row.steps,
                   .no_file = file == nullptr,
                   .applied_elsewhere = row.applied_elsewhere});
  }

  void add(const Migration& file, MigrationStatus status) {
    add(StatusLine{.status = status, .key = file.key, .name = file.name});
  }

  /// The files below a baseline; the one of its own version is told by the baseline's row.
  void add_baselined_files(const std::string& version) {
    const Key baseline{.version = version};
    for (const Migration& file : files_) {
      if (file.key < baseline && compared_.row_of(file.key) == nullptr && !is_told(file.key))
        add(file, MigrationStatus::baselined);
    }
  }

  bool is_told(const Key& key) const { return told_.contains(key.version); }

  void add(StatusLine line) {
    told_.insert(line.key.version);
    lines_.push_back(std::move(line));
  }

  std::span<const Migration> files_;
  Comparison compared_;
  bool allow_out_of_order_;
  std::vector<StatusLine> lines_;
  std::unordered_set<std::string> told_;  ///< the versions of `lines_`
};

}  // namespace

std::vector<StatusLine> describe_status(std::span<const Migration> files, std::span<const AppliedMigration> history,
                                        bool allow_out_of_order) {
  return Describer(files, history, allow_out_of_order).describe(history);
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
    if (interrupted && line.no_file) note += "  (no file in this image)";
    if (line.applied_elsewhere) note += "  (applied in another database)";
    const bool done = !line.applied_at.empty();
    out += std::format("{:<10} {:<{}} {:<20} {:>8}  {}{}\n", name_of(line.status), line.key.version, widest,
                       line.applied_at, done ? std::to_string(line.milliseconds) : "", line.name, note);
  }
  return out;
}

std::string status_json(const std::vector<StatusLine>& lines, const KeyValues& more) {
  nlohmann::ordered_json migrations = nlohmann::ordered_json::array();
  for (const StatusLine& line : lines) {
    nlohmann::ordered_json entry{{"version", line.key.version}, {"name", line.name}, {"status", name_of(line.status)}};
    if (!line.file_name.empty()) entry["file"] = line.file_name;
    if (!line.applied_at.empty()) {
      entry["applied_at"] = line.applied_at;
      entry["applied_by"] = line.applied_by;
      entry["milliseconds"] = line.milliseconds;
    }
    if (line.no_file) entry["no_file"] = true;
    if (line.applied_elsewhere) entry["applied_elsewhere"] = true;
    if (line.steps > 0) {
      entry["step"] = line.step;
      entry["steps"] = line.steps;
    }
    migrations.push_back(std::move(entry));
  }
  const auto count = [&](MigrationStatus status) { return std::ranges::count(lines, status, &StatusLine::status); };
  nlohmann::ordered_json document{{"migrations", std::move(migrations)},
                                  {"applied", count(MigrationStatus::applied)},
                                  {"pending", count(MigrationStatus::pending) + count(MigrationStatus::late)}};
  for (const auto& [key, value] : more) document[key] = value;
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace pge
