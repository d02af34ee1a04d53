#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"

namespace pge {

/// Where the history table is, or is to be.
struct HistoryTable {
  /// A table's schema and name.
  struct Name {
    std::string schema;
    std::string name;

    /// As --history-table takes it.
    std::string text() const { return schema + "." + name; }

    bool operator==(const Name&) const = default;
  };

  /// What `History::read` does about another key than the one that the rows were written under (ADR 18).
  enum class KeyRule : std::uint8_t {
    same,    ///< it is refused: the lock is taken, and would exclude nobody
    follow,  ///< it is refused if it was given; otherwise the lock that is looked at is the recorded one
    tell,    ///< nothing: the caller says what it is
  };

  std::string schema;
  std::string name;
  bool namesakes_allowed = false;        ///< histories in other schemas belong to other applications
  bool chosen = true;                    ///< false: no --history-table, so the table may be in either default place
  std::optional<std::int64_t> key = {};  ///< --lock-key
  KeyRule key_rule = KeyRule::same;

  /// The default place, and the place where binaries of format 1 have it by default.
  static Name default_place();
  static Name old_default_place();

  /// No text means the default. `configuration` unless the text is `schema.name` (or `name`, which means public.name),
  /// both at most 63 bytes.
  static Result<HistoryTable> parse(const std::optional<std::string>& text, bool namesakes_allowed = false);

  Name place() const { return {.schema = schema, .name = name}; }

  /// The places where the table may be: the one that was chosen, or both default places.
  std::vector<Name> places() const;

  /// The same settings for a table at `there`.
  HistoryTable at(const Name& there) const;

  /// The facts table beside this one: pgentrypoint.facts, public.pg_entrypoint_facts, else the name with `_facts`.
  Name facts() const;

  /// The advisory lock's key: the one that was given, else the derived one.
  std::int64_t lock_key() const { return key.value_or(derived_key()); }

  /// 64 bits of SHA-256 over the name, so that two applications in one database (two history tables) do not wait for
  /// each other. Both default places have one key, derived from the old one: before there is a table nobody knows
  /// where it will be, and a binary of format 1 may start at the same moment.
  std::int64_t derived_key() const;
};

}  // namespace pge
