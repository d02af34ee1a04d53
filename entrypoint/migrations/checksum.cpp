#include "migrations/checksum.hpp"

#include <algorithm>
#include <cstddef>
#include <future>
#include <optional>
#include <stop_token>
#include <utility>

#include "core/background.hpp"
#include "core/text.hpp"
#include "migrations/marker.hpp"

namespace pge {
namespace {

/// The start of the first line `-- migrate:down` at or behind byte `from`, which starts a line; else the text's end.
std::size_t next_down_line(const FileText& file, std::size_t from) {
  const std::string_view text = file;
  for (std::size_t line = from; line < text.size();) {
    if (text.substr(line).starts_with("--") && classify_line(line_at(text, line)) == Marker::down) return line;
    const std::size_t newline = file.find(TextSurvey::Landmark::line_of_dashes, line);
    if (newline == std::string_view::npos) break;
    line = newline + 1;
  }
  return text.size();
}

}  // namespace

std::string checksum_of(std::string_view up) {
  return sha256_hex(trim_end(up));
}

std::string likely_checksum(const FileText& text) {
  return checksum_of(text.view().substr(0, next_down_line(text, 0)));
}

/// A checksum that nobody needs any more is given up: a stop may be waiting for the end of this process.
class Checksum::Late {
 public:
  Late(FileText text, std::size_t size) : text_(std::move(text)), size_(size) {}
  /// `work_` waits for its end.
  ~Late() { given_up_.request_stop(); }
  Late(const Late&) = delete;
  Late& operator=(const Late&) = delete;

  void start() {
    if (known_ || work_.valid()) return;
    work_ = in_background([text = text_, size = size_, given_up = given_up_.get_token()] {
      constexpr std::size_t piece = std::size_t{1} << 20U;
      const std::string_view up = trim_end(text.view().substr(0, size));
      Sha256 hash;
      for (std::size_t at = 0; at < up.size() && !given_up.stop_requested(); at += piece) {
        hash.add(up.substr(at, piece));
      }
      return hash.hex();
    });
  }

  const std::string& text() {
    start();
    if (!known_) known_ = work_.get();
    return *known_;
  }

 private:
  FileText text_;
  std::size_t size_;
  std::optional<std::string> known_;
  std::future<std::string> work_;
  std::stop_source given_up_;
};

Checksum::Checksum(const FileText& text, std::size_t size) {
  if (text.is_large()) {
    late_ = std::make_shared<Late>(text, size);
  } else {
    known_ = checksum_of(text.view().substr(0, size));
  }
}

void Checksum::start() const {
  if (late_) late_->start();
}

const std::string& Checksum::text() const {
  return late_ ? late_->text() : known_;
}

std::string ChecksumFinder::find(const FileText& file, std::span<const std::string> accepted) {
  if (accepted.empty()) return {};
  const std::string_view text = file;
  if (hash_) {
    hash_->restart();
  } else {
    hash_.emplace();
  }
  for (std::size_t hashed = 0, line = 0;;) {
    const std::size_t end = next_down_line(file, line);
    const std::string_view up = trim_end(text.substr(0, end));
    // Two such lines may have nothing but white space between them.
    if (up.size() > hashed) hash_->add(up.substr(hashed));
    hashed = std::max(hashed, up.size());
    std::string checksum = hash_->hex();
    if (std::ranges::contains(accepted, checksum)) return checksum;
    if (end == text.size()) return {};
    line = end + line_at(text, end).size() + 1;
  }
}

}  // namespace pge
