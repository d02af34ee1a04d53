#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace pge {

/// What one look at every byte of a large text has found. To look at all of it takes as long as the memory needs to
/// bring it, so everybody who looks for something rare passes over the blocks that do not have it.
class TextSurvey {
 public:
  /// Two bytes in a row that are looked for.
  enum class Pair : std::uint8_t { dashes, backslash_dot };

  /// Of a text that stays where it is; nothing is looked at yet.
  explicit TextSurvey(std::string_view text) : text_(text) {}

  /// Looks at what comes before byte `end` and was not looked at, and at a little more. False: there is a '\r', and no
  /// more is looked at.
  bool go_on(std::size_t end);

  /// Whether all bytes are ASCII, and none is NUL.
  bool is_plain() const noexcept { return is_plain_; }

  /// Where the text has the pair at or behind byte `from`; npos: nowhere. All of it was looked at.
  std::size_t find(Pair pair, std::size_t from) const noexcept;

  static std::string_view text_of(Pair pair) noexcept { return pair == Pair::dashes ? "--" : "\\."; }

 private:
  std::string_view text_;
  std::size_t seen_ = 0;
  bool is_plain_ = true;
  std::array<std::vector<bool>, 2> has_;  ///< for each pair: whether it starts in the block
};

}  // namespace pge
