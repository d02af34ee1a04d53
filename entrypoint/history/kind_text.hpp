#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "migrations/key.hpp"

namespace pge {

/// The kind of a row as its column has it.
std::string text_of(HistoryKind kind);

/// The other way. Nothing for a kind that a newer release has added: as the row's format says, this one can do without
/// it. Nothing for `receipt` either, which only binaries of format 1 write: facts have replaced it.
std::optional<HistoryKind> kind_of(std::string_view text);

}  // namespace pge
