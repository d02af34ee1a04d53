#include "migrator/facts_report.hpp"

#include <algorithm>
#include <format>
#include <nlohmann/json.hpp>

namespace pge {

std::string describe(Verdict verdict) {
  switch (verdict) {
    case Verdict::pending:
      return "this image: behind, the migrator has to run";
    case Verdict::up_to_date:
      return "this image: up to date";
    case Verdict::ahead:
      return "this image: the database is ahead of it";
    case Verdict::unknown:
      break;
  }
  return "this image: nothing is proven, the migrator has to run";
}

std::string facts_table(std::span<const Fact> facts, Verdict verdict) {
  std::string out = std::format("{:<12} {:<20} {:>8}  {:<12}  {}\n", "INPUTS", "RUN AT", "MS", "MIGRATOR", "STATE");
  for (const Fact& fact : facts) {
    std::string state = fact.left.substr(0, fact.left.find_last_not_of('\n') + 1);
    std::ranges::replace(state, '\n', ' ');
    out += std::format("{:<12} {:<20} {:>8}  {:<12}  {}\n", fact.inputs.substr(0, 12), fact.applied_at,
                       fact.milliseconds, fact.migrator, state);
  }
  return out + describe(verdict) + "\n";
}

std::string facts_json(std::span<const Fact> facts, Verdict verdict, const KeyValues& more) {
  nlohmann::ordered_json receipts = nlohmann::ordered_json::array();
  for (const Fact& fact : facts) {
    receipts.push_back({{"inputs", fact.inputs},
                        {"command", fact.command},
                        {"migrator", fact.migrator},
                        {"found", fact.found},
                        {"state", fact.left},
                        {"applied_at", fact.applied_at},
                        {"applied_by", fact.applied_by},
                        {"milliseconds", fact.milliseconds}});
  }
  nlohmann::ordered_json document{{"judgement", name_of(verdict)}, {"receipts", receipts}};
  for (const auto& [key, value] : more) document[key] = value;
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace pge
