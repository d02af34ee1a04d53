#include "migrator/receipt.hpp"

#include <algorithm>
#include <format>
#include <nlohmann/json.hpp>

namespace pge {

Standing judge_receipts(std::span<const AppliedMigration> history, std::string_view digest,
                        const std::optional<std::string>& state) {
  const AppliedMigration* own = nullptr;
  const AppliedMigration* newest = nullptr;
  for (const AppliedMigration& row : history) {
    if (row.key.kind != HistoryKind::receipt) continue;
    if (row.key.version == digest) own = &row;
    if (newest == nullptr || row.applied_order > newest->applied_order) newest = &row;
  }
  if (!state || own == nullptr) return Standing::unknown;
  if (own->note == *state) return Standing::current;
  return own != newest && newest->note == *state ? Standing::ahead : Standing::unknown;
}

std::string receipts_table(std::span<const AppliedMigration> history) {
  std::string out = std::format("{:<12} {:<20} {:>8}  {:<12}  {}\n", "INPUTS", "RUN AT", "MS", "MIGRATOR", "STATE");
  for (const AppliedMigration& row : history) {
    if (row.key.kind != HistoryKind::receipt) continue;
    std::string state = row.note.substr(0, row.note.find_last_not_of('\n') + 1);
    std::ranges::replace(state, '\n', ' ');
    out += std::format("{:<12} {:<20} {:>8}  {:<12}  {}\n", row.key.version.substr(0, 12), row.applied_at,
                       row.milliseconds, row.name, state);
  }
  return out;
}

std::string receipts_json(std::span<const AppliedMigration> history) {
  nlohmann::ordered_json receipts = nlohmann::ordered_json::array();
  for (const AppliedMigration& row : history) {
    if (row.key.kind != HistoryKind::receipt) continue;
    receipts.push_back({{"inputs", row.key.version},
                        {"migrator", row.name},
                        {"state", row.note},
                        {"applied_at", row.applied_at},
                        {"applied_by", row.applied_by},
                        {"milliseconds", row.milliseconds}});
  }
  const nlohmann::ordered_json document{{"receipts", receipts}};
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace pge
