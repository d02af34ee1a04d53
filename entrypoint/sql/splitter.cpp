#include "sql/splitter.hpp"

#include <algorithm>
#include <format>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "core/invalid.hpp"
#include "core/text.hpp"
#include "sql/psql_scanner.hpp"
#include "sql/statement_kind.hpp"
#include "sql/tokens.hpp"

namespace pge {

namespace {

/// The line that ends the data of COPY.
constexpr std::string_view last_line = "\\.";

/// What was never closed, where, and how to close it.
struct Unterminated {
  std::size_t offset = 0;  ///< bytes from the start of the statement
  std::string_view message;
  std::string hint;
};

/// For a last `statement` that ends inside `open`.
Unterminated find_unterminated(std::string_view statement, OpenConstruct open) {
  SqlTokens tokens(statement);
  std::vector<std::size_t> parentheses;
  Token token = tokens.next();
  for (; token.kind != TokenKind::end && token.closed; token = tokens.next()) {
    if (token.is('(')) parentheses.push_back(token.offset);
    if (token.is(')') && !parentheses.empty()) parentheses.pop_back();
  }
  const std::size_t quote = token.closed ? statement.size() : token.offset;
  switch (open) {
    case OpenConstruct::string:
      return {quote, "a quoted string is never closed", "close it with '"};
    case OpenConstruct::identifier:
      return {quote, "a quoted identifier is never closed", "close it with \""};
    case OpenConstruct::dollar_quote: {
      const std::size_t tag = std::min(token.text.find('$', 1), token.text.size());
      return {quote, "a dollar-quoted string is never closed",
              std::format("close it with {}", token.closed ? "its tag" : token.text.substr(0, tag + 1))};
    }
    case OpenConstruct::comment:
      return {quote, "a block comment is never closed", "close it with */ (block comments nest)"};
    case OpenConstruct::parenthesis:
      return {parentheses.empty() ? statement.size() : parentheses.front(), "a parenthesis is never closed",
              "close it with )"};
    default:
      return {0, "a function body BEGIN ATOMIC is never closed", "close it with END;"};
  }
}

class Splitter {
 public:
  Splitter(const Source& source, std::size_t begin, EndsBefore ends_before, std::size_t memory)
      : source_(source),
        text_(source.text),
        position_(std::min(begin, text_.size())),
        memory_(memory),
        feed_(source.text, ends_before),
        scanner_(text_),
        statements_(source.text) {
    scanner_.begin_statement(position_);
  }

  Result<Split> run() {
    while (position_ < text_.size() && !ends_here()) {
      if (auto scanned = scan_chunk(); !scanned) return fail(std::move(scanned.error()));
    }
    if (auto finished = finish(); !finished) return fail(std::move(finished.error()));
    return Split{.statements = std::move(statements_), .end = position_};
  }

 private:
  bool ends_here() { return position_ == feed_.marker(position_) && !scanner_.in_quote(); }

  Result<> scan_chunk() {
    const Extent chunk = feed_.next(position_);
    if (auto fits = check_memory(chunk.end - chunk.begin); !fits) return fits;
    scanner_.feed(chunk);
    for (go_on_at_.reset(); !go_on_at_;) {
      const ScanStop stop = scanner_.next();
      if (stop == ScanStop::chunk_end) break;
      if (stop == ScanStop::out_of_memory)
        return fail(ExitCode::internal, "out of memory while reading " + source_.path);
      auto taken = stop == ScanStop::semicolon ? take_statement() : skip_meta_command();
      if (!taken) return taken;
    }
    scanner_.end_chunk();
    if (go_on_at_) {
      position_ = *go_on_at_;
      scanner_.reset();
      scanner_.begin_statement(position_);
      feed_.start_small();
      return {};
    }
    position_ = chunk.end;
    if (scanner_.kept() <= ScannerFeed::largest) return {};
    if (const auto released = scanner_.release(); !released) return replaced_by_psql(released.error());
    return {};
  }

  /// What the scanner has read since the last statement.
  Result<Extent> current() const {
    if (const auto extent = scanner_.statement())
      return *extent;
    else
      return replaced_by_psql(extent.error());
  }

  std::unexpected<Error> replaced_by_psql(std::size_t offset) const {
    return invalid(offset, "psql's variables and backslashes are not SQL",
                   "write plain SQL: a semicolon ends a statement, values are written out");
  }

  /// The scanner copies its chunk and returns as much again. This matters when a single line makes the chunk long.
  Result<> check_memory(std::size_t chunk) const {
    const std::size_t scanning = chunk > 2 * ScannerFeed::largest ? 2 * chunk : 0;
    if (statements_.memory() + scanning <= memory_) return {};
    return invalid(position_,
                   scanning > 0 ? std::format("a line of {} MB: reading it takes more memory than this container has",
                                              chunk / 1'000'000)
                                : "the statements of this file take more memory than this container has",
                   "raise the container's memory limit; or split the line; or load the data by COPY … FROM stdin, "
                   "which takes no memory");
  }

  Result<> take_statement() {
    const auto extent = current();
    if (!extent) return fail(extent.error());
    scanner_.begin_statement(extent->end);
    if (!add(text_.substr(extent->begin, extent->end - 1 - extent->begin), extent->begin)) return {};
    return is_copy_from_stdin(statements_.back().sql) ? take_copy_data(extent->end) : Result<>{};
  }

  /// False when there is no statement in it.
  bool add(std::string_view sql, std::size_t offset) {
    sql = trim_end(sql);
    if (is_blank(sql)) return false;
    statements_.add(offset, sql.size());
    return true;
  }

  Result<> take_copy_data(std::size_t behind) {
    if (!is_blank(line_at(text_, behind))) {
      return invalid(behind, "something follows COPY … FROM STDIN on its line", "start a new line after the semicolon");
    }
    const std::size_t data = std::min(behind + line_at(text_, behind).size() + 1, text_.size());
    // The line before the data ends right before it, so that every line of it starts behind a newline.
    for (std::size_t newline = data - 1; newline < text_.size();
         newline = source_.text.find(TextSurvey::Landmark::end_of_copy, newline + 1)) {
      const std::size_t line = newline + 1;
      if (line_at(text_, line) != last_line) continue;
      statements_.set_copy_data(data, line - data);
      go_on_at_ = std::min(line + last_line.size() + 1, text_.size());
      return {};
    }
    return invalid(statements_.back().offset, "the data of this COPY … FROM STDIN is not terminated",
                   "end the data with a line that contains only \\.");
  }

  Result<> skip_meta_command() {
    const auto before = current();
    if (!before) return fail(before.error());
    const std::size_t at = before->end;
    const std::string_view sql = text_.substr(before->begin, at - before->begin);
    const std::string_view line = line_at(text_, at);
    const bool line_start = at == 0 || text_[at - 1] == '\n';
    // pg_dump writes these two since 17.6 (CVE-2025-8714); they only matter to psql.
    if (is_blank(sql) && line_start && (line.starts_with("\\restrict ") || line.starts_with("\\unrestrict "))) {
      go_on_at_ = std::min(at + line.size() + 1, text_.size());
      return {};
    }
    if (is_copy_from_stdin(sql)) return unfinished_copy(before->begin);
    const std::string_view word = line.substr(0, std::min(line.find_first_of(" \t;"), line.size()));
    return invalid(at, std::format("psql meta-commands are not SQL: {}", word),
                   word == "\\connect"
                       ? "a migration stays in its database: dump without --create (pg_dump --no-owner --no-privileges)"
                       : "write plain SQL only; a dump without them: pg_dump --schema-only --no-owner --no-privileges");
  }

  std::unexpected<Error> unfinished_copy(std::size_t start) const {
    return invalid(start, "COPY … FROM STDIN has no semicolon",
                   "write the semicolon, then the data, then a line "
                   "\\.");
  }

  /// The end of the text: a last statement without semicolon, or something that was never closed.
  Result<> finish() {
    const auto last = current();
    if (!last) return fail(last.error());
    if (const OpenConstruct open = scanner_.open(); open != OpenConstruct::nothing) {
      const auto found = find_unterminated(text_.substr(last->begin, position_ - last->begin), open);
      return invalid(last->begin + found.offset, std::string(found.message), found.hint);
    }
    const std::string_view sql = text_.substr(last->begin, last->end - last->begin);
    add(sql, last->begin);
    if (is_copy_from_stdin(sql)) return unfinished_copy(last->begin);
    return {};
  }

  std::unexpected<Error> invalid(std::size_t offset, std::string message, std::string hint) const {
    return invalid_at(source_, offset, std::move(message), std::move(hint));
  }

  const Source& source_;
  std::string_view text_;
  std::size_t position_;  // everything before it was given to the scanner
  std::size_t memory_;
  ScannerFeed feed_;
  PsqlScanner scanner_;
  std::optional<std::size_t> go_on_at_;  // when the rest of the chunk is not SQL
  Statements statements_;
};

Result<> check_size(const Source& source) {
  // The scanner's lengths are ints.
  if (source.text.view().size() < std::numeric_limits<int>::max()) return {};
  return invalid_file(source.path, "the file is larger than 2 GB",
                      "split it, or load the data with COPY from elsewhere");
}

}  // namespace

Result<Statements> split_statements(const Source& source) {
  return split_until(source, 0, nullptr).transform([](Split split) { return std::move(split.statements); });
}

Result<Split> split_until(const Source& source, std::size_t begin, EndsBefore ends_before, std::size_t memory) {
  if (auto checked = check_size(source); !checked) return fail(std::move(checked.error()));
  return Splitter(source, begin, ends_before, memory).run();
}

}  // namespace pge
