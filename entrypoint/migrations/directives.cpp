#include "migrations/directives.hpp"

#include <algorithm>
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
constexpr std::string_view known_directives =
    "no-transaction, lock_timeout=5s, on-doubt=retry|stop, isolation=repeatable-read|serializable";

/// The words of a line with their offsets in it.
std::vector<std::pair<std::size_t, std::string_view>> words_of(std::string_view line, std::size_t from) {
  std::vector<std::pair<std::size_t, std::string_view>> words;
  while ((from = line.find_first_not_of(blanks, from)) != npos) {
    const std::size_t end = std::min(line.find_first_of(blanks, from), line.size());
    words.emplace_back(from, line.substr(from, end - from));
    from = end;
  }
  return words;
}

class HeaderReader {
 public:
  explicit HeaderReader(const Source& source) : source_(source), text_(source.text) {}

  Result<Header> read() {
    std::size_t at = 0;
    bool line_start = true;
    while (at < text_.size()) {
      const char c = text_[at];
      if (c == '\n' || blanks.contains(c)) {
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
        if (auto done = read_marker(marker, start, line); !done) return fail(std::move(done.error()));
        at = start + line.size();
      } else {
        break;
      }
    }
    header_.end = at;
    if (header_.isolation && !header_.transactional) {
      return invalid(
          isolation_at_, "isolation=… does not concern a no-transaction file",
          "remove it, and write BEGIN ISOLATION LEVEL … before the statements that need it, COMMIT after them");
    }
    return header_;
  }

 private:
  Result<> read_marker(Marker marker, std::size_t start, std::string_view line) {
    if (marker == Marker::none) return {};
    if (marker == Marker::directive) return read_directives(start, line);
    if (marker != Marker::up || up_seen_) return misplaced_marker(source_, start);
    up_seen_ = true;
    const auto transaction = transaction_option(source_, start);
    if (!transaction) return fail(transaction.error());
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
                     "use a release of pg-entrypoint that supports it, or remove it");
    }
    if (word != "no-transaction" && name != "lock_timeout" && name != "on-doubt" && name != "isolation") {
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
        return invalid(offset, std::format("lock_timeout={} is not a duration", value),
                       "write a whole number with us, ms, s, min or h: lock_timeout=5s");
      }
    } else if (name == "isolation") {
      return read_isolation(offset, value);
    } else if (value == "retry" || value == "stop") {
      header_.on_doubt = value == "stop" ? OnDoubt::stop : OnDoubt::retry;
    } else {
      return invalid(offset, std::format("on-doubt={} is not a known value", value),
                     "write on-doubt=retry or on-doubt=stop");
    }
    return {};
  }

  Result<> read_isolation(std::size_t offset, std::string_view value) {
    isolation_at_ = offset;
    if (value == "repeatable-read") header_.isolation = Isolation::repeatable_read;
    if (value == "serializable") header_.isolation = Isolation::serializable;
    if (header_.isolation) return {};
    return invalid(offset, std::format("isolation={} is not a known value", value),
                   "write isolation=repeatable-read or isolation=serializable; without it the file runs in READ "
                   "COMMITTED");
  }

  std::unexpected<Error> contradiction(std::size_t offset) const {
    return invalid(offset, "no-transaction and transaction:true contradict each other", "remove one of them");
  }

  static std::string known() { return std::format("known directives: {}", known_directives); }

  std::unexpected<Error> invalid(std::size_t offset, std::string message, std::string hint) const {
    return invalid_at(source_, offset, std::move(message), std::move(hint));
  }

  const Source& source_;
  std::string_view text_;
  Header header_;
  bool up_seen_ = false;
  bool asks_for_transaction_ = false;
  std::size_t isolation_at_ = 0;  // where the directive isolation is
  std::vector<std::string_view> seen_;
};

}  // namespace

Result<Header> read_header(const Source& source) {
  return HeaderReader(source).read();
}

std::string with_directives(const Part& part) {
  std::string line;
  if (part.lock_timeout) line += std::format(" lock_timeout={}ms", part.lock_timeout->count());
  if (part.on_doubt == OnDoubt::stop) line += " on-doubt=stop";
  if (part.transactional && part.shape.isolation == Isolation::repeatable_read) line += " isolation=repeatable-read";
  if (part.transactional && part.shape.isolation == Isolation::serializable) line += " isolation=serializable";
  if (!line.empty()) line = std::format("-- pg-entrypoint:{}\n", line);
  return line + std::string(part.text);
}

Result<std::optional<bool>> transaction_option(const Source& source, std::size_t offset) {
  const std::string_view line = line_at(source.text, offset);
  std::optional<bool> transaction;
  for (const auto& [at, word] :
       words_of(line, std::min(line.find_first_of(blanks, line.find("migrate:")), line.size()))) {
    if (word == "transaction:false" || word == "transaction:true") {
      transaction = word.ends_with("true");
    } else {
      return invalid_at(source, offset + at, std::format("unknown option {}", word),
                        "the only option is transaction:false; put a comment on a line of its own");
    }
  }
  return transaction;
}

}  // namespace pge
