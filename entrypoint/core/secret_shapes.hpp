#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pge {

/// What a secret is replaced by.
inline constexpr std::string_view secret_mask = "***";

/// Mask the password of each URL: in `scheme://user:secret@host`, what is between the first colon after `://` and the
/// last `@` of the word. A password may itself hold `@`, `/`, `?` and `#` when somebody forgot to encode it, so the
/// word's end is white space or a double quote only.
void mask_urls(std::string& text);

/// Mask each value that follows a word that means a password: `password=secret` (conninfo, URL), `--password secret`,
/// `PASSWORD 'secret'`, `SET app.password TO 'secret'`, `set_config('app.password', 'secret', …)`,
/// `"password": "secret"`.
void mask_parameters(std::string& text);

/// The length of a word that means a password; 0 if there is none at this place.
std::size_t password_word_at(std::string_view text, std::size_t at) noexcept;

}  // namespace pge
