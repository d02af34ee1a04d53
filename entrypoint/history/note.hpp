#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pge {

enum class NoteKind : std::uint8_t {
  none,     ///< nothing is under way
  started,  ///< a statement of which nothing can be seen afterwards
  indexes,  ///< … INDEX CONCURRENTLY: the OIDs of the indexes that were there before it
  detach,   ///< DETACH PARTITION CONCURRENTLY: the OID of the partition
};

/// What a history row remembers of a statement that runs outside a transaction, written before it, so that a run that
/// was interrupted can judge what the statement left.
struct Note {
  NoteKind kind = NoteKind::none;
  std::vector<std::string> oids = {};

  bool operator==(const Note&) const = default;
};

/// The note as its column has it (docs/history-table.md): "", "begun", "indexes 16391 16402", "detach 16391".
std::string make_note(const Note& note);

/// The other way. A text that this release does not know counts as `started`.
Note parse_note(std::string_view text);

}  // namespace pge
