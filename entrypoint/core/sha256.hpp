#pragma once

#include <string>
#include <string_view>

namespace pge {

/// Lower-case SHA-256 in hex; empty when the library has no SHA-256 (a broken OpenSSL).
std::string sha256_hex(std::string_view data);

}  // namespace pge
