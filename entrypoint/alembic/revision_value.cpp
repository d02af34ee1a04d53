#include "alembic/revision_value.hpp"

#include <cstddef>

namespace pge {
namespace {

class ValueReader {
 public:
  explicit ValueReader(std::span<const PythonToken> tokens) : tokens_(tokens) {}

  std::optional<RevisionValue> read() {
    RevisionValue value;
    if (tokens_.empty() || !items("", value) || at_ < tokens_.size()) return std::nullopt;
    return value;
  }

 private:
  bool is(std::string_view word) const { return at_ < tokens_.size() && tokens_[at_].is(word); }
  bool closed_by(std::string_view closing) const { return closing.empty() ? at_ >= tokens_.size() : is(closing); }

  /// item [, item]… [,] up to the closing bracket, or to the end when that is "".
  bool items(std::string_view closing, RevisionValue& value) {
    std::size_t count = 0;
    std::size_t inner_sequences = 0;
    std::size_t nones = 0;
    bool sequence = closing == "]" || (closing == ")" && is(")"));
    while (!closed_by(closing)) {
      RevisionValue one;
      if (!item(one)) return false;
      ++count;
      if (one.sequence) ++inner_sequences;
      if (!one.sequence && one.strings.empty()) ++nones;
      value.is_list = value.is_list || one.is_list;
      value.strings.insert(value.strings.end(), one.strings.begin(), one.strings.end());
      if (closed_by(closing)) break;
      if (!is(",")) return false;
      ++at_;
      sequence = true;
    }
    if (closing.empty() && count == 0) return false;
    // Parentheses around one value are no tuple. The items of a sequence have to be strings, though Alembic takes
    // (None,) for None.
    if (sequence && (inner_sequences > 0 || (nones > 0 && count > 1))) return false;
    value.sequence = sequence || inner_sequences > 0;
    value.is_list = value.is_list || closing == "]";
    return true;
  }

  bool item(RevisionValue& value) {
    if (at_ >= tokens_.size()) return false;
    if (is("(") || is("[")) {
      const std::string_view closing = is("(") ? ")" : "]";
      if (++nesting_ > deepest) return false;
      ++at_;
      if (!items(closing, value) || !is(closing)) return false;
      --nesting_;
      ++at_;
      return true;
    }
    if (is("None")) return ++at_, true;
    return string(value);
  }

  /// Strings that follow each other are one.
  bool string(RevisionValue& value) {
    std::string text;
    const std::size_t first = at_;
    for (; at_ < tokens_.size() && tokens_[at_].kind == PythonKind::string; ++at_) {
      if (!tokens_[at_].literal) return false;
      text += tokens_[at_].text;
    }
    if (at_ == first || text.empty()) return false;
    value.strings.push_back(std::move(text));
    return true;
  }

  static constexpr int deepest = 100;  // Python's own limit for nested parentheses is 200
  std::span<const PythonToken> tokens_;
  std::size_t at_ = 0;
  int nesting_ = 0;
};

}  // namespace

std::optional<RevisionValue> read_revision_value(std::span<const PythonToken> tokens) {
  return ValueReader(tokens).read();
}

}  // namespace pge
