#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace pge {

/// What one look at every byte of a large text has found. To look at all of it takes as long as the memory needs to
/// bring it, so everybody who looks for something rare passes over the blocks that do not have it.
class TextSurvey {
 public:
  /// What is looked for: `--`, the same at the start of a line that is not the first, and `\.` there.
  enum class Landmark : std::uint8_t { dashes, line_of_dashes, end_of_copy };

  /// Of a text that stays where it is; nothing is looked at yet.
  explicit TextSurvey(std::string_view text) : text_(text) {}

  /// Looks at what comes before byte `end` and was not looked at, and at a little more. False: there is a '\r', and no
  /// more is looked at.
  bool go_on(std::size_t end);

  /// Whether all bytes are ASCII, and none is NUL.
  bool is_plain() const noexcept { return is_plain_; }

  /// Where the text has it at or behind byte `from`, as `text.find(text_of(landmark), from)` would say. All of the text
  /// was looked at.
  std::size_t find(Landmark landmark, std::size_t from) const noexcept;

  static std::string_view text_of(Landmark landmark) noexcept;

 private:
  std::string_view text_;
  std::size_t seen_ = 0;
  bool is_plain_ = true;
  // For each block: whether such a pair of bytes starts in it.
  std::vector<bool> dashes_;
  std::vector<bool> backslash_dot_;
};

}  // namespace pge
