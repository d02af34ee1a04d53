#include "migrate/splitter.hpp"

#include <algorithm>
#include <format>
#include <limits>
#include <memory>
#include <optional>

// The header is made for PostgreSQL's own tree, where c.h defines this.
#define pg_attribute_printf(format, first)
extern "C" {
#include <fe_utils/psqlscan.h>
}

#include "migrate/sql_tokens.hpp"
#include "migrate/statement_kind.hpp"
#include "migrate/text.hpp"

namespace pge {

namespace {

constexpr int utf8_encoding = 6;  // PG_UTF8 of pg_wchar.h
constexpr auto npos = std::string_view::npos;
constexpr std::size_t smallest_chunk = std::size_t{4} << 10U;
constexpr std::size_t largest_chunk = std::size_t{1} << 20U;

struct ScannerFree {
  void operator()(PsqlScanState state) const noexcept { psql_scan_destroy(state); }
};
struct BufferFree {
  void operator()(PQExpBuffer buffer) const noexcept { destroyPQExpBuffer(buffer); }
};
using Scanner = std::unique_ptr<PsqlScanStateData, ScannerFree>;
using Buffer = std::unique_ptr<PQExpBufferData, BufferFree>;

// Without get_variable ":name" stays as it is.
constexpr PsqlScanCallbacks callbacks{.get_variable = nullptr};

/// What the scanner drops while its buffer is empty: white space and `--` comments.
std::size_t skip_dropped(std::string_view text, std::size_t from) noexcept {
  while (true) {
    from = std::min(text.find_first_not_of(" \t\n\r\f\v", from), text.size());
    if (text.substr(from, 2) != "--") return from;
    from = std::min(text.find_first_of("\r\n", from), text.size());
  }
}

std::string_view line_at(std::string_view text, std::size_t start) noexcept {
  return text.substr(start, std::min(text.find('\n', start), text.size()) - start);
}

/// The scanner is fed in chunks that end behind a line, as psql feeds it lines: its state lives across
/// chunks, and starting anew behind COPY data copies one chunk, never the rest of the file.
class Splitter {
 public:
  Splitter(std::string_view text, std::size_t begin, std::string path, std::string_view whole_text, std::size_t base,
           EndsBefore ends_before, std::size_t memory)
      : text_(text),
        position_(begin),
        start_(begin),
        path_(std::move(path)),
        whole_text_(whole_text),
        base_(base),
        ends_before_(ends_before),
        memory_(memory),
        scanner_(psql_scan_create(&callbacks)),
        buffer_(createPQExpBuffer()),
        statements_(whole_text) {}

  Result<Split> run() {
    while (position_ < text_.size() && !ends_here()) {
      if (auto scanned = scan_chunk(); !scanned) return std::unexpected(std::move(scanned.error()));
    }
    if (auto finished = finish(); !finished) return std::unexpected(std::move(finished.error()));
    return Split{.statements = std::move(statements_), .end = position_};
  }

 private:
  bool ends_here() { return position_ == next_marker(position_) && !psql_scan_in_quote(scanner_.get()); }

  /// The first line at or behind `from` that `ends_before_` picks, quoted or not.
  std::size_t next_marker(std::size_t from) {
    if (ends_before_ == nullptr) return text_.size();
    while (!marker_ || *marker_ < from) {
      const std::size_t dashes = text_.find("--", std::max(search_, from));
      if (dashes == npos) return marker_.emplace(text_.size());
      const std::size_t newline = dashes == 0 ? npos : text_.rfind('\n', dashes - 1);
      const std::size_t line = newline == npos ? 0 : newline + 1;
      search_ = std::min(text_.find('\n', dashes), text_.size());
      const bool only_blanks = trim(text_.substr(line, dashes - line)).empty();
      if (line >= from && only_blanks && ends_before_(line_at(text_, line))) marker_ = line;
    }
    return *marker_;
  }

  /// A chunk ends before a line that cannot continue a string of the line above: 'a' <newline> 'b' is one literal,
  /// with white space and comments between, and the scanner looks for the second quote while it has the first.
  /// Every line \. and \restrict begins a chunk, so that no text is given to the scanner twice.
  std::size_t chunk_end() {
    const std::size_t limit = next_marker(position_ + 1);
    std::size_t end = position_ + chunk_size_;
    while (true) {
      const std::size_t newline = text_.find('\n', end);
      if (newline == npos || newline + 1 >= limit) return limit;
      end = newline + 1;
      const std::size_t first = text_.find_first_not_of(" \t\r\f\v", end);
      if (first != npos && std::string_view("'-\n").find(text_[first]) == npos) return end;
    }
  }

  Result<> scan_chunk() {
    const std::size_t end = chunk_end();
    if (auto fits = check_memory(end - position_); !fits) return fits;
    psql_scan_setup(scanner_.get(), text_.data() + position_, static_cast<int>(end - position_), utf8_encoding, true);
    restart_ = npos;
    PsqlScanResult result = PSCAN_SEMICOLON;
    while (restart_ == npos) {
      result = psql_scan(scanner_.get(), buffer_.get(), &prompt_);
      if (PQExpBufferBroken(buffer_.get())) return fail(ExitCode::internal, "out of memory while reading " + path_);
      if (result != PSCAN_SEMICOLON && result != PSCAN_BACKSLASH) break;
      auto taken = result == PSCAN_SEMICOLON ? take_statement() : skip_meta_command();
      if (!taken) return taken;
    }
    psql_scan_finish(scanner_.get());
    if (restart_ == npos) {
      incomplete_ = result == PSCAN_INCOMPLETE;
      position_ = end;
      chunk_size_ = std::clamp(chunk_size_ * 2, smallest_chunk, largest_chunk);
      if (buffer_->len > largest_chunk) return drop_compared();
    } else {
      psql_scan_reset(scanner_.get());
      begin_statement();
      incomplete_ = false;
      position_ = start_ = restart_;
      chunk_size_ = 0;
    }
    return {};
  }

  std::string_view echoed() const noexcept { return {buffer_->data, buffer_->len}; }

  void begin_statement() {
    resetPQExpBuffer(buffer_.get());
    compared_ = 0;
  }

  /// How much of the text the scanner has given back since the last statement.
  std::size_t echoed_size() const noexcept { return compared_ + buffer_->len; }

  /// Every offset rests on this: what the scanner gave back is the text itself.
  Result<std::size_t> echo_start() {
    const std::size_t start = skip_dropped(text_, start_);
    const std::string_view original = text_.substr(start + compared_, buffer_->len);
    if (original == echoed()) return start;
    const auto differs = std::ranges::mismatch(original, echoed()).in1;
    const std::size_t at = start + compared_ + static_cast<std::size_t>(differs - original.begin());
    return invalid(at, "psql's variables and backslashes are not SQL",
                   "write plain SQL: a semicolon ends a statement, values are written out");
  }

  /// A long statement is not kept a second time: what was compared with the text goes, but for its last byte, because
  /// the scanner drops white space and comments while its buffer is empty.
  Result<> drop_compared() {
    const auto start = echo_start();
    if (!start) return std::unexpected(start.error());
    const char last = buffer_->data[buffer_->len - 1];
    compared_ += buffer_->len - 1;
    resetPQExpBuffer(buffer_.get());
    appendPQExpBufferChar(buffer_.get(), last);
    return {};
  }

  /// The scanner copies its chunk and gives back as much; that is of account when one line makes the chunk long.
  Result<> check_memory(std::size_t chunk) const {
    const std::size_t scanning = chunk > 2 * largest_chunk ? 2 * chunk : 0;
    if (statements_.memory() + scanning <= memory_) return {};
    return invalid(position_,
                   scanning > 0 ? std::format("a line of {} MB: reading it takes more memory than this container has",
                                              chunk / 1'000'000)
                                : "so many statements take more memory than this container has",
                   "raise the container's memory limit; or divide the line; or load the data by COPY … FROM stdin, "
                   "which takes no memory");
  }

  Result<> take_statement() {
    const auto start = echo_start();
    if (!start) return std::unexpected(start.error());
    const std::size_t end = *start + echoed_size();
    add(*start, echoed_size() - 1);
    start_ = end;
    begin_statement();
    if (statements_.empty() || statements_.back().offset != base_ + *start) return {};
    if (!is_copy_from_stdin(statements_.back().sql)) return {};
    return take_copy_data(end);
  }

  void add(std::size_t start, std::size_t size) {
    const std::string_view sql = trim_end(text_.substr(start, size));
    if (!is_blank(sql)) statements_.add(base_ + start, sql.size());
  }

  Result<> take_copy_data(std::size_t behind) {
    const std::size_t newline = std::min(text_.find('\n', behind), text_.size());
    if (!is_blank(text_.substr(behind, newline - behind))) {
      return invalid(behind, "something follows COPY … FROM STDIN on its line",
                     "start a new line behind the semicolon");
    }
    const std::size_t data = std::min(newline + 1, text_.size());
    for (std::size_t line = data; line < text_.size();) {
      const std::string_view content = line_at(text_, line);
      const std::size_t next = line + content.size() + 1;
      if (content == "\\.") {
        statements_.set_copy_data(base_ + data, line - data);
        restart_ = std::min(next, text_.size());
        return {};
      }
      line = next;
    }
    return invalid(statements_.back().offset - base_, "the data of this COPY … FROM STDIN has no end",
                   "end the data with a line that is only \\.");
  }

  Result<> skip_meta_command() {
    const auto start = echo_start();
    if (!start) return std::unexpected(start.error());
    const std::size_t at = *start + echoed_size();
    const std::string_view line = line_at(text_, at);
    const bool line_start = at == 0 || text_[at - 1] == '\n';
    // pg_dump writes these two since 17.6 (CVE-2025-8714); they only matter to psql.
    if (is_blank(text_.substr(*start, at - *start)) && line_start &&
        (line.starts_with("\\restrict ") || line.starts_with("\\unrestrict "))) {
      restart_ = std::min(at + line.size() + 1, text_.size());
      return {};
    }
    if (is_copy_from_stdin(text_.substr(*start, at - *start))) return unfinished_copy(*start);
    const std::string_view word = line.substr(0, std::min(line.find_first_of(" \t;"), line.size()));
    return invalid(at, std::format("psql meta-commands are not SQL: {}", word),
                   "write plain SQL only; a dump without them: pg_dump --schema-only --no-owner --no-privileges");
  }

  Result<> unfinished_copy(std::size_t start) const {
    return invalid(start, "COPY … FROM STDIN has no semicolon", "write the semicolon, its data, and a line \\.");
  }

  /// The end of the text: a last statement without semicolon, or something that was never closed.
  Result<> finish() {
    const auto start = echo_start();
    if (!start) return std::unexpected(start.error());
    if (!incomplete_ || prompt_ == PROMPT_READY) {
      add(*start, echoed_size());
      if (is_copy_from_stdin(text_.substr(*start, echoed_size()))) return unfinished_copy(*start);
      return {};
    }
    return unterminated(*start);
  }

  Result<> unterminated(std::size_t start) {
    SqlTokens tokens(text_.substr(start, position_ - start));
    std::vector<std::size_t> open;
    Token token = tokens.next();
    for (; token.kind != TokenKind::end && token.closed; token = tokens.next()) {
      if (token.is('(')) open.push_back(token.offset);
      if (token.is(')') && !open.empty()) open.pop_back();
    }
    const std::size_t quote = token.closed ? position_ : start + token.offset;
    switch (prompt_) {
      case PROMPT_SINGLEQUOTE:
        return invalid(quote, "a quoted string is never closed", "close it with '");
      case PROMPT_DOUBLEQUOTE:
        return invalid(quote, "a quoted identifier is never closed", "close it with \"");
      case PROMPT_DOLLARQUOTE: {
        const std::size_t tag = std::min(token.text.find('$', 1), token.text.size());
        return invalid(quote, "a dollar-quoted string is never closed",
                       std::format("close it with {}", token.closed ? "its tag" : token.text.substr(0, tag + 1)));
      }
      case PROMPT_COMMENT:
        return invalid(quote, "a block comment is never closed", "close it with */ (block comments nest)");
      case PROMPT_PAREN:
        return invalid(open.empty() ? position_ : start + open.front(), "a parenthesis is never closed",
                       "close it with )");
      default:
        return invalid(start, "a function body BEGIN ATOMIC is never closed", "close it with END;");
    }
  }

  std::unexpected<Error> invalid(std::size_t offset, std::string message, std::string hint) const {
    return invalid_at(path_, whole_text_, base_ + offset, std::move(message), std::move(hint));
  }

  std::string_view text_;
  std::size_t position_;  // everything before it was fed to the scanner
  std::size_t start_;     // behind the last statement that was taken
  std::string path_;
  std::string_view whole_text_;
  std::size_t base_;
  EndsBefore ends_before_;
  std::size_t memory_;
  Scanner scanner_;
  Buffer buffer_;
  std::size_t compared_ = 0;  // what the buffer held before, of the statement that it holds
  promptStatus_t prompt_ = PROMPT_READY;
  bool incomplete_ = false;
  std::size_t restart_ = npos;  // where to go on when the rest of the chunk is not SQL
  std::size_t chunk_size_ = 0;
  std::optional<std::size_t> marker_;  // the next marker line; before search_ there is no further one
  std::size_t search_ = 0;
  Statements statements_;
};

Result<> check_size(std::string_view text, const std::string& path) {
  // The scanner's lengths are ints.
  if (text.size() < std::numeric_limits<int>::max()) return {};
  return fail(Error{.code = ExitCode::invalid_migrations,
                    .message = "the file is larger than 2 GB",
                    .hint = "split it, or load the data with COPY from elsewhere",
                    .where = {.file = path}});
}

}  // namespace

Result<Statements> split_statements(std::string_view sql, const std::string& path, std::string_view whole_text,
                                    std::size_t base) {
  if (auto checked = check_size(sql, path); !checked) return std::unexpected(std::move(checked.error()));
  return Splitter(sql, 0, path, whole_text, base, nullptr, unlimited).run().transform([](Split split) {
    return std::move(split.statements);
  });
}

Result<Split> split_until(std::string_view text, std::size_t begin, const std::string& path, EndsBefore ends_before,
                          std::size_t memory) {
  if (auto checked = check_size(text, path); !checked) return std::unexpected(std::move(checked.error()));
  return Splitter(text, std::min(begin, text.size()), path, text, 0, ends_before, memory).run();
}

}  // namespace pge
