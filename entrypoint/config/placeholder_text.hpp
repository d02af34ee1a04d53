#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/get_env.hpp"
#include "config/settings.hpp"
#include "core/error.hpp"

namespace pge {

/// Where a text with placeholders stands.
struct PlaceholderPlace {
  std::string name;               ///< for messages: "--database: password"
  bool has_plain_dollar = false;  ///< a '$' that begins no "${" may be meant as it is, as in search_path="$user"
};

/// `text` with a value from the environment, or from the file that NAME_FILE names, in place of each ${NAME},
/// ${NAME:-default} and ${NAME:?message}; what is set and empty counts as not set. A default may have placeholders of
/// its own. A value that comes from the environment is taken as it is. No message quotes the text: it may have a
/// password. Fails with `configuration`.
Result<std::vector<ValuePiece>> fill_placeholders(std::string_view text, const PlaceholderPlace& place,
                                                  const GetEnv& get);

/// The names in the placeholders of `text`, those in their defaults too.
std::vector<std::string> placeholder_names(std::string_view text);

/// Whether `text` is one placeholder and nothing else.
bool is_one_placeholder(std::string_view text) noexcept;

}  // namespace pge
