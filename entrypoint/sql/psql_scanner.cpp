#include "sql/psql_scanner.hpp"

#include <algorithm>

// The header is made for PostgreSQL's own tree, where c.h defines this.
#define pg_attribute_printf(format, first)
extern "C" {
#include <fe_utils/psqlscan.h>
}

namespace pge {

namespace {

constexpr int utf8_encoding = 6;  // PG_UTF8 of pg_wchar.h

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

OpenConstruct open_at(promptStatus_t prompt) noexcept {
  switch (prompt) {
    case PROMPT_READY:
      return OpenConstruct::nothing;
    case PROMPT_SINGLEQUOTE:
      return OpenConstruct::string;
    case PROMPT_DOUBLEQUOTE:
      return OpenConstruct::identifier;
    case PROMPT_DOLLARQUOTE:
      return OpenConstruct::dollar_quote;
    case PROMPT_COMMENT:
      return OpenConstruct::comment;
    case PROMPT_PAREN:
      return OpenConstruct::parenthesis;
    default:
      return OpenConstruct::function_body;
  }
}

}  // namespace

void PsqlScanner::FreeState::operator()(PsqlScanStateData* state) const noexcept {
  psql_scan_destroy(state);
}
void PsqlScanner::FreeBuffer::operator()(PQExpBufferData* buffer) const noexcept {
  destroyPQExpBuffer(buffer);
}

PsqlScanner::PsqlScanner(std::string_view text)
    : text_(text), state_(psql_scan_create(&callbacks)), kept_(createPQExpBuffer()) {}

void PsqlScanner::feed(Extent chunk) {
  psql_scan_setup(state_.get(), text_.data() + chunk.begin, static_cast<int>(chunk.end - chunk.begin), utf8_encoding,
                  true);
}

ScanStop PsqlScanner::next() {
  auto prompt = PROMPT_READY;
  const PsqlScanResult result = psql_scan(state_.get(), kept_.get(), &prompt);
  if (PQExpBufferBroken(kept_.get())) return ScanStop::out_of_memory;
  if (result == PSCAN_SEMICOLON) return ScanStop::semicolon;
  if (result == PSCAN_BACKSLASH) return ScanStop::backslash;
  // The other one, PSCAN_EOF, is a statement without its semicolon.
  open_ = result == PSCAN_INCOMPLETE ? open_at(prompt) : OpenConstruct::nothing;
  return ScanStop::chunk_end;
}

void PsqlScanner::end_chunk() noexcept {
  psql_scan_finish(state_.get());
}

void PsqlScanner::reset() noexcept {
  psql_scan_reset(state_.get());
  open_ = OpenConstruct::nothing;
}

bool PsqlScanner::in_quote() const noexcept {
  return psql_scan_in_quote(state_.get());
}

void PsqlScanner::begin_statement(std::size_t from) noexcept {
  resetPQExpBuffer(kept_.get());
  from_ = from;
  released_ = 0;
}

std::expected<Extent, std::size_t> PsqlScanner::statement() const noexcept {
  const std::size_t begin = skip_dropped(text_, from_);
  const std::string_view original = text_.substr(begin + released_, kept_->len);
  const std::string_view kept(kept_->data, kept_->len);
  const std::size_t end = begin + released_ + kept.size();
  if (original == kept) return Extent{begin, end};
  const auto differs = std::ranges::mismatch(original, kept).in1;
  return std::unexpected(begin + released_ + static_cast<std::size_t>(differs - original.begin()));
}

std::expected<void, std::size_t> PsqlScanner::release() {
  if (const auto compared = statement(); !compared) return std::unexpected(compared.error());
  if (kept_->len == 0) return {};
  // This is not the last byte of the statement, because the scanner drops white space and comments while its buffer is
  // empty.
  const char last = kept_->data[kept_->len - 1];
  released_ += kept_->len - 1;
  resetPQExpBuffer(kept_.get());
  appendPQExpBufferChar(kept_.get(), last);
  return {};
}

std::size_t PsqlScanner::kept() const noexcept {
  return kept_->len;
}

}  // namespace pge
