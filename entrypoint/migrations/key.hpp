#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace pge {

/// What a row of the history stands for.
enum class HistoryKind : std::uint8_t {
  versioned,   ///< a migration file with a version
  repeatable,  ///< reserved: nothing writes it yet
  baseline,    ///< the schema was at this version when pg-entrypoint came
};

/// What identifies a migration: the primary key of the history.
struct Key {
  HistoryKind kind = HistoryKind::versioned;
  std::string version = {};  ///< digits without leading zeros; the name of a repeatable

  bool operator==(const Key&) const = default;
  /// By kind, then in numeric order of the versions; names in the order of their bytes.
  std::strong_ordering operator<=>(const Key& other) const noexcept;
};

/// A version as typed ("007") in the form in which keys have it ("7"); nothing when it is not a number.
std::optional<std::string> canonical_version(std::string_view typed);

/// How messages name a migration: "7_create_votes", or the version alone where there is no name.
std::string label(const Key& key, std::string_view name);

/// What the name of a migration file says.
struct FileName {
  Key key;
  std::string name;  ///< "create_votes"
};

/// Understands a file name that ends in ".sql" in some case; `path` serves the error. Fails with `invalid_migrations`
/// and what to write instead; it knows how other tools name theirs.
Result<FileName> parse_file_name(const std::string& path, std::string_view file_name);

/// The other way: "20260131120000_create_votes.sql".
std::string make_file_name(const FileName& file);

}  // namespace pge
