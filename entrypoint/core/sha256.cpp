#include "core/sha256.hpp"

#include <openssl/evp.h>

#include <array>
#include <format>
#include <iterator>

namespace pge {

std::string sha256_hex(std::string_view data) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(data.data(), data.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) return {};
  std::string hex;
  hex.reserve(2UL * size);
  for (unsigned i = 0; i < size; ++i) std::format_to(std::back_inserter(hex), "{:02x}", digest.at(i));
  return hex;
}

}  // namespace pge
