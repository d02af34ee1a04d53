#pragma once

#include <span>
#include <string>

#include "core/key_values.hpp"
#include "history/facts.hpp"
#include "migrator/judgement.hpp"

namespace pge {

/// A verdict for people: "up to date", "behind", …
std::string describe(Verdict verdict);

/// The facts of an application, oldest first, and the verdict: a table for people, and {"judgement": …, "receipts":
/// […]} and `more`.
std::string facts_table(std::span<const Fact> facts, Verdict verdict);
std::string facts_json(std::span<const Fact> facts, Verdict verdict, const KeyValues& more = {});

}  // namespace pge
