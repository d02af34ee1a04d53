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
           EndsBefore ends_before)
      : text_(text),
        position_(begin),
        start_(begin),
        path_(std::move(path)),
        whole_text_(whole_text),
        base_(base),
        ends_before_(ends_before),
        scanner_(psql_scan_create(&callbacks)),
        buffer_(createPQExpBuffer()) {}

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
    } else {
      psql_scan_reset(scanner_.get());
      resetPQExpBuffer(buffer_.get());
      incomplete_ = false;
      position_ = start_ = restart_;
      chunk_size_ = 0;
    }
    return {};
  }

  std::string_view echoed() const noexcept { return {buffer_->data, buffer_->len}; }

  /// Every offset rests on this: what the scanner gave back is the text itself.
  Result<std::size_t> echo_start() {
    const std::size_t start = skip_dropped(text_, start_);
    const std::string_view original = text_.substr(start, buffer_->len);
    if (original == echoed()) return start;
    const auto differs = std::ranges::mismatch(original, echoed()).in1;
    const std::size_t at = start + static_cast<std::size_t>(differs - original.begin());
    return invalid(at, "psql's variables and backslashes are not SQL",
                   "write plain SQL: a semicolon ends a statement, values are written out");
  }

  Result<> take_statement() {
    const auto start = echo_start();
    if (!start) return std::unexpected(start.error());
    const std::size_t end = *start + buffer_->len;
    add(*start, buffer_->len - 1);
    start_ = end;
    resetPQExpBuffer(buffer_.get());
    if (statements_.empty() || statements_.back().offset != base_ + *start) return {};
    if (!is_copy_from_stdin(statements_.back().sql)) return {};
    return take_copy_data(end);
  }

  void add(std::size_t start, std::size_t size) {
    const std::string_view sql = trim_end(text_.substr(start, size));
    if (!is_blank(sql)) statements_.push_back(Statement{.sql = std::string(sql), .offset = base_ + start});
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
        statements_.back().copy_data = std::string(text_.substr(data, line - data));
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
    const std::size_t at = *start + buffer_->len;
    const std::string_view line = line_at(text_, at);
    const bool line_start = at == 0 || text_[at - 1] == '\n';
    // pg_dump writes these two since 17.6 (CVE-2025-8714); they only matter to psql.
    if (is_blank(echoed()) && line_start && (line.starts_with("\\restrict ") || line.starts_with("\\unrestrict "))) {
      restart_ = std::min(at + line.size() + 1, text_.size());
      return {};
    }
    const std::string_view word = line.substr(0, std::min(line.find_first_of(" \t;"), line.size()));
    return invalid(at, std::format("psql meta-commands are not SQL: {}", word),
                   "write plain SQL only; a dump without them: pg_dump --schema-only --no-owner --no-privileges");
  }

  /// The end of the text: a last statement without semicolon, or something that was never closed.
  Result<> finish() {
    const auto start = echo_start();
    if (!start) return std::unexpected(start.error());
    if (!incomplete_ || prompt_ == PROMPT_READY) {
      add(*start, buffer_->len);
      if (buffer_->len > 0 && !statements_.empty() && statements_.back().offset == base_ + *start &&
          is_copy_from_stdin(statements_.back().sql)) {
        return invalid(*start, "COPY … FROM STDIN has no semicolon", "write the semicolon, its data, and a line \\.");
      }
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
  Scanner scanner_;
  Buffer buffer_;
  promptStatus_t prompt_ = PROMPT_READY;
  bool incomplete_ = false;
  std::size_t restart_ = npos;  // where to go on when the rest of the chunk is not SQL
  std::size_t chunk_size_ = 0;
  std::optional<std::size_t> marker_;  // the next marker line; before search_ there is no further one
  std::size_t search_ = 0;
  std::vector<Statement> statements_;
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

Result<std::vector<Statement>> split_statements(std::string_view sql, const std::string& path,
                                                std::string_view whole_text, std::size_t base) {
  if (auto checked = check_size(sql, path); !checked) return std::unexpected(std::move(checked.error()));
  return Splitter(sql, 0, path, whole_text, base, nullptr).run().transform([](Split split) {
    return std::move(split.statements);
  });
}

Result<Split> split_until(std::string_view text, std::size_t begin, const std::string& path, EndsBefore ends_before) {
  if (auto checked = check_size(text, path); !checked) return std::unexpected(std::move(checked.error()));
  return Splitter(text, std::min(begin, text.size()), path, text, 0, ends_before).run();
}

}  // namespace pge
