#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pge {

using KeyValues = std::vector<std::pair<std::string, std::string>>;

/// "Host=db;Username=bob;Password='a;b'", as ADO.NET, ODBC and PDO write it: a value may stand in quotes, which are
/// doubled inside, and an ODBC value in braces. Nothing if it is no such text.
std::optional<KeyValues> parse_semicolon_values(std::string_view text);

/// What "${" means in a text.
enum class Dollar : std::uint8_t {
  plain,        ///< nothing
  placeholder,  ///< it begins ${NAME…}: what stands there up to the '}' belongs to it, blanks too
};

/// libpq's own "host=db password='a b'" (manual, "Keyword/Value Connection Strings"), for its names and others. Nothing
/// if it is no such text. With placeholders a value that is missing is an empty one, although libpq steps over blanks
/// and takes the next word: "host= user=" is what is left of placeholders that somebody else has filled in.
std::optional<KeyValues> parse_conninfo(std::string_view text, Dollar dollar = Dollar::plain);

/// A value as it is written in such a string.
std::string conninfo_quoted(std::string_view value);

}  // namespace pge
