#include "migrations/checksum.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "core/background.hpp"
#include "core/text.hpp"
#include "migrations/marker.hpp"

namespace pge {
namespace {

/// The start of the first line `-- migrate:down` at or behind byte `from`, which starts a line; else the text's end.
std::size_t next_down_line(std::string_view text, std::size_t from) {
  for (std::size_t line = from; line < text.size();) {
    if (text.substr(line).starts_with("--") && classify_line(line_at(text, line)) == Marker::down) return line;
    const std::size_t newline = text.find("\n--", line);
    if (newline == std::string_view::npos) break;
    line = newline + 1;
  }
  return text.size();
}

}  // namespace

std::string checksum_of(std::string_view up) {
  return sha256_hex(trim_end(up));
}

std::string likely_checksum(std::string_view text) {
  return checksum_of(text.substr(0, next_down_line(text, 0)));
}

UpChecksum::UpChecksum(const FileText& text) {
  if (!text.is_large()) return;
  likely_ = in_background([text]() -> Likely {
    const std::size_t size = next_down_line(text, 0);
    return {.size = size, .checksum = checksum_of(text.view().substr(0, size))};
  });
}

std::string UpChecksum::of(std::string_view up) {
  if (likely_.valid()) {
    Likely likely = likely_.get();
    if (likely.size == up.size()) return std::move(likely.checksum);
  }
  return checksum_of(up);
}

std::string ChecksumFinder::find(std::string_view text, std::span<const std::string> accepted) {
  if (accepted.empty()) return {};
  hash_.restart();
  for (std::size_t hashed = 0, line = 0;;) {
    const std::size_t end = next_down_line(text, line);
    const std::string_view up = trim_end(text.substr(0, end));
    // Two such lines may have nothing but white space between them.
    if (up.size() > hashed) hash_.add(up.substr(hashed));
    hashed = std::max(hashed, up.size());
    std::string checksum = hash_.hex();
    if (std::ranges::contains(accepted, checksum)) return checksum;
    if (end == text.size()) return {};
    line = end + line_at(text, end).size() + 1;
  }
}

}  // namespace pge
