#include "migrations/directives.hpp"

#include <algorithm>
#include <array>
#include <format>
#include <utility>
#include <vector>

#include "core/block_comment.hpp"
#include "core/duration.hpp"
#include "core/invalid.hpp"
#include "core/text.hpp"

namespace pge {

namespace {

constexpr auto npos = std::string_view::npos;
constexpr std::string_view known_directives = "no-transaction, lock_timeout=5s, on-doubt=retry|stop";

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr bool blank(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

/// Steps over `word` in any case, with the blanks before it.
bool take(std::string_view& rest, std::string_view word) noexcept {
  const auto first = std::ranges::find_if_not(rest, blank);
  const std::string_view from = rest.substr(static_cast<std::size_t>(first - rest.begin()));
  if (from.size() < word.size()) return false;
  if (!std::ranges::equal(from.substr(0, word.size()), word, [](char a, char b) { return lower(a) == b; })) {
    return false;
  }
  rest = from.substr(word.size());
  return true;
}

bool ends_word(std::string_view rest) noexcept {
  return rest.empty() || blank(rest.front());
}

/// dbmate's own form: at the start of the line, lower case, no blank around the colon.
bool is_exact(std::string_view line, std::string_view word) noexcept {
  if (!line.starts_with("--")) return false;
  line.remove_prefix(2);
  const auto first = std::ranges::find_if_not(line, blank);
  return line.substr(static_cast<std::size_t>(first - line.begin())).starts_with(word);
}

/// The words of a line with their offsets in it.
std::vector<std::pair<std::size_t, std::string_view>> words_of(std::string_view line, std::size_t from) {
  std::vector<std::pair<std::size_t, std::string_view>> words;
  while ((from = line.find_first_not_of(" \t\r\f\v", from)) != npos) {
    const std::size_t end = std::min(line.find_first_of(" \t\r\f\v", from), line.size());
    words.emplace_back(from, line.substr(from, end - from));
    from = end;
  }
  return words;
}

class HeaderReader {
 public:
  HeaderReader(const std::string& path, std::string_view text) : path_(path), text_(text) {}

  Result<Header> read() {
    std::size_t at = 0;
    bool line_start = true;
    while (at < text_.size()) {
      const char c = text_[at];
      if (c == '\n' || blank(c)) {
        line_start = line_start || c == '\n';
        ++at;
      } else if (text_.substr(at, 2) == "/*") {
        const std::size_t end = block_comment_end(text_, at);
        if (end == npos) break;  // the splitter says what is wrong
        at = end;
        line_start = false;
      } else if (text_.substr(at, 2) == "--") {
        const std::size_t start = line_start ? text_.rfind('\n', at) + 1 : at;
        const std::string_view line = line_at(text_, start);
        const Marker marker = line_start ? classify_line(line) : Marker::none;
        if (marker == Marker::down) {
          at = start;
          break;
        }
        if (auto done = read_marker(marker, start, line); !done) return std::unexpected(std::move(done.error()));
        at = start + line.size();
      } else {
        break;
      }
    }
    header_.end = at;
    return header_;
  }

 private:
  Result<> read_marker(Marker marker, std::size_t start, std::string_view line) {
    if (marker == Marker::none) return {};
    if (marker == Marker::directive) return read_directives(start, line);
    if (marker != Marker::up || up_seen_) return misplaced_marker(path_, text_, start);
    up_seen_ = true;
    const auto transaction = transaction_option(path_, text_, start);
    if (!transaction) return std::unexpected(transaction.error());
    asks_for_transaction_ = transaction->value_or(false);
    if (asks_for_transaction_ && !header_.transactional) return contradiction(start);
    if (*transaction == false) header_.transactional = false;
    return {};
  }

  Result<> read_directives(std::size_t start, std::string_view line) {
    const auto words = words_of(line, line.find(':') + 1);
    if (words.empty()) return invalid(start, "a -- pg-entrypoint: line without a directive", known());
    for (const auto& [offset, word] : words) {
      if (auto done = read_directive(start + offset, word); !done) return done;
    }
    return {};
  }

  Result<> read_directive(std::size_t offset, std::string_view word) {
    const std::size_t equals = std::min(word.find('='), word.size());
    const std::string_view name = word.substr(0, equals);
    const std::string_view value = word.substr(std::min(equals + 1, word.size()));
    if (name == "requires" || name == "phase") {
      return invalid(offset, std::format("the directive {}=… is not supported by this version", name),
                     "use a pg-entrypoint that knows it, or leave it out");
    }
    if (word != "no-transaction" && name != "lock_timeout" && name != "on-doubt") {
      return invalid(offset, std::format("unknown directive {}", word), known());
    }
    if (std::ranges::contains(seen_, name)) return invalid(offset, std::format("{} is given twice", name), {});
    seen_.push_back(name);

    if (name == "no-transaction") {
      if (asks_for_transaction_) return contradiction(offset);
      header_.transactional = false;
    } else if (name == "lock_timeout") {
      header_.lock_timeout = parse_duration(value, std::chrono::milliseconds(1));
      if (!header_.lock_timeout) {
        return invalid(offset, std::format("lock_timeout={} is not a time", value),
                       "write a whole number and us, ms, s, min or h: lock_timeout=5s");
      }
    } else if (value == "retry" || value == "stop") {
      header_.on_doubt = value == "stop" ? OnDoubt::stop : OnDoubt::retry;
    } else {
      return invalid(offset, std::format("on-doubt={} is not known", value), "write on-doubt=retry or on-doubt=stop");
    }
    return {};
  }

  std::unexpected<Error> contradiction(std::size_t offset) const {
    return invalid(offset, "no-transaction and transaction:true contradict each other", "leave one of them out");
  }

  static std::string known() { return std::format("known directives: {}", known_directives); }

  std::unexpected<Error> invalid(std::size_t offset, std::string message, std::string hint) const {
    return invalid_at(path_, text_, offset, std::move(message), std::move(hint));
  }

  const std::string& path_;
  std::string_view text_;
  Header header_;
  bool up_seen_ = false;
  bool asks_for_transaction_ = false;
  std::vector<std::string_view> seen_;
};

}  // namespace

Marker classify_line(std::string_view line) noexcept {
  std::string_view rest = line;
  if (!take(rest, "--")) return Marker::none;
  std::string_view after = rest;
  if (take(after, "pg-entrypoint") && take(after, ":")) return Marker::directive;
  after = rest;
  if (take(after, "migrate") && take(after, ":")) {
    for (const auto& [word, marker] : {std::pair{"up", Marker::up}, std::pair{"down", Marker::down}}) {
      std::string_view end = after;
      if (!take(end, word) || !ends_word(end)) continue;
      return is_exact(line, std::string_view("migrate:")) &&
                     is_exact(line, marker == Marker::up ? "migrate:up" : "migrate:down")
                 ? marker
                 : Marker::unclear;
    }
  }
  after = rest;
  if (take(after, "+goose")) return Marker::foreign;
  after = rest;
  if (take(after, "--") && take(after, "create") && take(after, "above") && take(after, "/")) return Marker::foreign;
  return Marker::none;
}

bool is_marker(std::string_view line) noexcept {
  return classify_line(line) != Marker::none;
}

Result<Header> read_header(const std::string& path, std::string_view text) {
  return HeaderReader(path, text).read();
}

std::unexpected<Error> misplaced_marker(const std::string& path, std::string_view text, std::size_t offset) {
  const std::string_view line = line_at(text, offset);
  switch (classify_line(line)) {
    case Marker::up:
      return invalid_at(path, text, offset, "-- migrate:up must come before the first statement, and once",
                        "move it to the top of the file");
    case Marker::down:
      return invalid_at(path, text, offset, "a second line -- migrate:down", "a file has one down part: merge the two");
    case Marker::directive:
      return invalid_at(path, text, offset, "directives must come before the first statement",
                        std::format("move this line to the top of the file: {}", trim(line)));
    case Marker::foreign:
      return invalid_at(path, text, offset, std::format("this file is divided in another tool's way: {}", trim(line)),
                        "divide it with a line -- migrate:down, and leave the other tool's lines out");
    case Marker::unclear:
    case Marker::none:
      break;
  }
  return invalid_at(path, text, offset, std::format("unclear line: {}", trim(line)),
                    "write it at the start of the line and in lower case: -- migrate:up or -- migrate:down");
}

Result<std::optional<bool>> transaction_option(const std::string& path, std::string_view text, std::size_t offset) {
  const std::string_view line = line_at(text, offset);
  std::optional<bool> transaction;
  for (const auto& [at, word] :
       words_of(line, std::min(line.find_first_of(" \t\r\f\v", line.find("migrate:")), line.size()))) {
    if (word == "transaction:false" || word == "transaction:true") {
      transaction = word.ends_with("true");
    } else {
      return invalid_at(path, text, offset + at, std::format("unknown option {}", word),
                        "the only option is transaction:false; put a comment on a line of its own");
    }
  }
  return transaction;
}

}  // namespace pge
