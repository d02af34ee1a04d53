#pragma once

#include <span>
#include <string>

#include "history/facts.hpp"
#include "migrator/judgement.hpp"

namespace pge {

/// Which runs of a migrator are the same one: three digests, as a Fact has them.
struct MigratorIdentity {
  std::string application;
  std::string command;
  std::string inputs;
};

/// Judge a database in `state` by what earlier runs have shown (ADR 9). Facts of another application or of another
/// command count for nothing.
///   up to date  a fact of this command and these inputs left this state
///   ahead       a path of facts, other inputs allowed, leads from a state that these inputs left to this state
///   unknown     anything else
/// The order in which the facts came plays no part, because each of them stays true.
Judgement judge_facts(std::span<const Fact> facts, const MigratorIdentity& own, const std::string& state);

}  // namespace pge
