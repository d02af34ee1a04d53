#pragma once

#include <string>
#include <string_view>

namespace pge {

/// The form in which a text goes into the history of a server with this encoding. Files are UTF-8, and an encoding such
/// as LATIN1 does not have every character: the server would refuse the row (22P05), and with it the migration. So
/// where the encoding is neither UTF8 nor SQL_ASCII, which takes any byte, a text that is not ASCII is kept as one SQL
/// comment with its bytes in hex.
std::string keep_text(std::string_view text, std::string_view server_encoding);

/// The text that `keep_text` was given.
std::string kept_text(std::string_view kept);

}  // namespace pge
