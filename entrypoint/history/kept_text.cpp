#include "history/kept_text.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstddef>
#include <memory>

#include "core/strings.hpp"

namespace pge {
namespace {

constexpr std::string_view hex_follows = "-- pg-entrypoint: UTF-8 in hex, for a server with another encoding: ";

bool fits(std::string_view text, std::string_view server_encoding) {
  if (server_encoding.empty() || server_encoding == "UTF8" || server_encoding == "SQL_ASCII") return true;
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

std::string keep_text(std::string_view text, std::string_view server_encoding) {
  if (fits(text, server_encoding)) return std::string(text);
  return std::string(hex_follows) + in_hex(text);
}

std::string kept_text(std::string_view kept) {
  if (!kept.starts_with(hex_follows)) return std::string(kept);
  const std::string hex(kept.substr(hex_follows.size()));
  long size = 0;
  const std::unique_ptr<unsigned char, void (*)(unsigned char*)> bytes(
      OPENSSL_hexstr2buf(hex.c_str(), &size), [](unsigned char* buffer) { OPENSSL_free(buffer); });
  // Somebody has edited it by hand: it is then what it looks like, a comment.
  if (!bytes) return std::string(kept);
  return {reinterpret_cast<const char*>(bytes.get()), static_cast<std::size_t>(size)};
}

}  // namespace pge
