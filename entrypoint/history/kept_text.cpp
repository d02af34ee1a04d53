#include "history/kept_text.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstddef>
#include <memory>

namespace pge {
namespace {

constexpr std::string_view in_hex = "-- pg-entrypoint: UTF-8 in hex, for a server with another encoding: ";

bool fits(std::string_view text, std::string_view server_encoding) {
  if (server_encoding.empty() || server_encoding == "UTF8" || server_encoding == "SQL_ASCII") return true;
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

std::string keep_text(std::string_view text, std::string_view server_encoding) {
  if (fits(text, server_encoding)) return std::string(text);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string kept(in_hex);
  kept.reserve(in_hex.size() + 2 * text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    kept += digits.at(byte >> 4U);
    kept += digits.at(byte & 15U);
  }
  return kept;
}

std::string kept_text(std::string_view kept) {
  if (!kept.starts_with(in_hex)) return std::string(kept);
  const std::string hex(kept.substr(in_hex.size()));
  long size = 0;
  const std::unique_ptr<unsigned char, void (*)(unsigned char*)> bytes(
      OPENSSL_hexstr2buf(hex.c_str(), &size), [](unsigned char* buffer) { OPENSSL_free(buffer); });
  // Somebody has edited it by hand: it is then what it looks like, a comment.
  if (!bytes) return std::string(kept);
  return {reinterpret_cast<const char*>(bytes.get()), static_cast<std::size_t>(size)};
}

}  // namespace pge
