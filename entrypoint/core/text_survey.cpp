#include "core/text_survey.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace pge {
namespace {

constexpr std::size_t block = std::size_t{64} << 10U;

/// As many bytes as every processor compares at once.
using Bytes = unsigned char __attribute__((vector_size(16)));
using Matches = signed char __attribute__((vector_size(16)));

Bytes load(const char* from) noexcept {
  Bytes bytes;
  std::memcpy(&bytes, from, sizeof bytes);
  return bytes;
}

template <typename Vector>
bool any(const Vector& bytes) noexcept {
  std::array<std::uint64_t, sizeof bytes / sizeof(std::uint64_t)> words;
  std::memcpy(words.data(), &bytes, sizeof bytes);
  return std::ranges::any_of(words, [](std::uint64_t word) { return word != 0; });
}

/// What some bytes have, each of them together with the one behind it.
struct Found {
  Bytes high{};
  Matches nul{};
  Matches carriage_return{};
  Matches dashes{};
  Matches backslash_dot{};

  /// The bytes at `from`; there is one more behind them.
  void add(const char* from) noexcept {
    const Bytes bytes = load(from);
    const Bytes next = load(from + 1);
    high |= bytes;
    nul |= bytes == 0;
    carriage_return |= bytes == '\r';
    dashes |= (bytes == '-') & (next == '-');
    backslash_dot |= (bytes == '\\') & (next == '.');
  }
};

Found look_at(std::string_view text, std::size_t begin, std::size_t end) noexcept {
  constexpr std::size_t line = 64;
  // Without being asked in time, the memory lets this take three times as long.
  constexpr std::size_t ahead = 32 * line;
  Found found;
  std::size_t at = begin;
  for (; at < end && at + line < text.size(); at += line) {
    __builtin_prefetch(text.data() + std::min(at + ahead, text.size()));
    for (std::size_t i = 0; i < line; i += sizeof(Bytes)) found.add(text.data() + at + i);
  }
  for (; at < end; at += sizeof(Bytes)) {
    // The end of the text: blanks stand for what is not there.
    std::array<char, sizeof(Bytes) + 1> last;
    last.fill(' ');
    text.substr(at, last.size()).copy(last.data(), last.size());
    found.add(last.data());
  }
  return found;
}

bool is_high(const Bytes& bytes) noexcept {
  return any(bytes & 0x80);
}

}  // namespace

bool TextSurvey::go_on(std::size_t end) {
  for (; seen_ < std::min(end, text_.size()); seen_ += block) {
    const Found found = look_at(text_, seen_, std::min(seen_ + block, text_.size()));
    if (any(found.carriage_return)) return false;
    is_plain_ = is_plain_ && !any(found.nul) && !is_high(found.high);
    dashes_.push_back(any(found.dashes));
    backslash_dot_.push_back(any(found.backslash_dot));
  }
  return true;
}

std::string_view TextSurvey::text_of(Landmark landmark) noexcept {
  switch (landmark) {
    case Landmark::dashes:
      return "--";
    case Landmark::line_of_dashes:
      return "\n--";
    case Landmark::end_of_copy:
      break;
  }
  return "\n\\.";
}

std::size_t TextSurvey::find(Landmark landmark, std::size_t from) const noexcept {
  const std::vector<bool>& has = landmark == Landmark::end_of_copy ? backslash_dot_ : dashes_;
  const std::string_view wanted = text_of(landmark);
  for (std::size_t number = from / block; number < has.size(); ++number) {
    if (!has[number]) continue;
    // The newline before the pair may be the last byte of the block before, its second byte the first of the next.
    const std::size_t begin = std::max<std::size_t>(number * block, 1) - 1;
    const std::size_t found = text_.substr(0, (number + 1) * block + 1).find(wanted, std::max(from, begin));
    if (found != std::string_view::npos) return found;
  }
  return std::string_view::npos;
}

}  // namespace pge
