#include "migrator/shell_words.hpp"

#include <algorithm>
#include <cctype>
#include <format>
#include <optional>

#include "core/strings.hpp"

namespace pge {
namespace {

constexpr std::string_view blanks = " \t\n";
constexpr std::string_view shell_signs = "|&;<>()$`";

bool needs_no_quotes(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("_-+=:,./@%").contains(c);
}

class WordSplitter {
 public:
  explicit WordSplitter(std::string_view line) : line_(line) {}

  Result<std::vector<std::string>> split() {
    for (std::size_t at = 0; at < line_.size();) {
      const char c = line_[at];
      if (blanks.contains(c)) {
        end_word();
        ++at;
      } else if (c == '\'' || c == '"') {
        const std::size_t end = c == '\'' ? single(at + 1) : twofold(at + 1);
        if (end == std::string_view::npos) return needs_shell_ ? for_a_shell(*needs_shell_) : no_end(c);
        at = end;
      } else if (c == '\\' && at + 1 < line_.size()) {
        if (line_[at + 1] != '\n') word() += line_[at + 1];
        at += 2;
      } else if (shell_signs.contains(c)) {
        return for_a_shell(c);
      } else {
        word() += c;
        ++at;
      }
    }
    end_word();
    if (words_.empty())
      return fail(ExitCode::usage, "--migrator is empty", "for example: --migrator 'alembic upgrade head'");
    return std::move(words_);
  }

 private:
  std::string& word() { return word_ ? *word_ : word_.emplace(); }

  void end_word() {
    if (word_) words_.push_back(*std::move(word_));
    word_.reset();
  }

  /// Returns the offset after the closing quote.
  std::size_t single(std::size_t begin) {
    const std::size_t end = line_.find('\'', begin);
    if (end == std::string_view::npos) return end;
    word() += line_.substr(begin, end - begin);
    return end + 1;
  }

  std::size_t twofold(std::size_t at) {
    word();
    for (; at < line_.size(); ++at) {
      const char c = line_[at];
      if (c == '"') return at + 1;
      if (c == '$' || c == '`') {
        needs_shell_ = c;
        return std::string_view::npos;
      }
      const bool escapes = c == '\\' && at + 1 < line_.size() && std::string_view("$`\"\\\n").contains(line_[at + 1]);
      if (escapes) ++at;
      if (!escapes || line_[at] != '\n') word() += line_[at];
    }
    return std::string_view::npos;
  }

  static std::unexpected<Error> no_end(char quote) {
    return fail(ExitCode::usage, std::format("--migrator: the quote {} is never closed", quote), "close it");
  }

  static std::unexpected<Error> for_a_shell(char sign) {
    return fail(ExitCode::usage, std::format("--migrator: {} is shell syntax, but no shell is started", sign),
                "quote it with '…', or start a shell: --migrator \"sh -c '…'\"");
  }

  std::string_view line_;
  std::vector<std::string> words_;
  std::optional<std::string> word_;
  std::optional<char> needs_shell_;
};

}  // namespace

Result<std::vector<std::string>> split_words(std::string_view line) {
  return WordSplitter(line).split();
}

std::string command_line_of(const std::vector<std::string>& words) {
  std::vector<std::string> written;
  written.reserve(words.size());
  for (const std::string& word : words) {
    const bool is_plain = !word.empty() && std::ranges::all_of(word, needs_no_quotes);
    written.push_back(is_plain ? word : shell_quoted(word));
  }
  return joined(written, " ");
}

}  // namespace pge
