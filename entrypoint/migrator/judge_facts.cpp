#include "migrator/judge_facts.hpp"

#include <set>
#include <vector>

namespace pge {

Judgement judge_facts(std::span<const Fact> facts, const MigratorIdentity& own, const std::string& state) {
  std::vector<const Fact*> same_command;
  std::set<std::string> reached;
  for (const Fact& fact : facts) {
    if (fact.application != own.application || fact.command != own.command) continue;
    same_command.push_back(&fact);
    if (fact.inputs == own.inputs) reached.insert(fact.left);
  }
  if (reached.contains(state)) return {.verdict = Verdict::up_to_date};
  for (bool grows = true; grows;) {
    grows = false;
    for (const Fact* fact : same_command) {
      if (reached.contains(fact->found)) grows = reached.insert(fact->left).second || grows;
    }
  }
  return {.verdict = reached.contains(state) ? Verdict::ahead : Verdict::unknown};
}

}  // namespace pge
