#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pge {

/// A driver's value of `sslmode` as libpq's; nothing when it has no equal. A plain "true" is none: every driver that
/// has it checks the certificate, and libpq has no mode of that name.
std::optional<std::string> translate_sslmode(std::string_view value);

/// Whether a boolean parameter says yes; an empty one does, as in `?ssl`.
bool is_true(std::string_view value);

/// A driver's value of target_session_attrs as libpq's; nothing when it has no equal.
std::optional<std::string> translate_target_session(std::string_view value);

/// The text in lower case, without blanks, hyphens and underscores: "VERIFY_FULL" and "VerifyFull" are the same word,
/// and so are "User Id" and "UserID".
std::string bare_word(std::string_view text);

/// "%40" as "@"; what is no such escape stays.
std::string percent_decoded(std::string_view text);
/// The characters beside letters and digits that mean nothing in a URL.
inline constexpr std::string_view unreserved = "-._~";
/// The other way, for a value in the query of a URL; elsewhere fewer characters are `plain`.
std::string percent_encoded(std::string_view text, std::string_view plain = "-._~/,");
/// Whether each '%' begins an escape, and none is that of NUL, which libpq refuses.
bool is_well_encoded(std::string_view text);

}  // namespace pge
