#pragma once

#include <string>
#include <string_view>

namespace pge {

/// `text` between two of `quote`, each one inside it doubled. Only for messages about a connection that is closed:
/// libpq quotes what is sent to a server, and needs the connection for it.
std::string quoted_for_a_message(std::string_view text, char quote);

}  // namespace pge
