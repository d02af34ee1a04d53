#pragma once

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

/// libpq's own "host=db password='a b'" (manual, "Keyword/Value Connection Strings"), for its names and others. Nothing
/// if it is no such text.
std::optional<KeyValues> parse_conninfo(std::string_view text);

/// A value as it is written in such a string.
std::string conninfo_quoted(std::string_view value);

}  // namespace pge
