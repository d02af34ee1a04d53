#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string_view>

// psql's, from psqlscan.h and pqexpbuffer.h: known to psql_scanner.cpp alone.
struct PsqlScanStateData;
struct PQExpBufferData;

namespace pge {

/// Why the scanner stopped.
enum class ScanStop : std::uint8_t {
  semicolon,
  backslash,
  chunk_end,
  out_of_memory,
};

/// What the text is inside of, where a chunk ended.
enum class OpenConstruct : std::uint8_t {
  nothing,
  string,
  identifier,
  dollar_quote,
  comment,
  parenthesis,
  function_body,  ///< BEGIN ATOMIC
};

/// Bytes of the text: from `begin` up to, not including, `end`.
struct Extent {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// psql's own scanner (libpgfeutils) over one text, which is fed to it in chunks: it alone decides where a statement
/// ends. It keeps what it has read since `begin_statement`. That is compared with the text, because every offset
/// depends on it.
class PsqlScanner {
 public:
  /// `text` must stay where it is.
  explicit PsqlScanner(std::string_view text);

  /// Give it the next chunk, which has less than 2 GB.
  void feed(Extent chunk);
  ScanStop next();
  /// No more of this chunk; `next` is not called again before `feed`.
  void end_chunk() noexcept;
  /// Forget everything that is open: the next chunk begins a statement.
  void reset() noexcept;

  bool in_quote() const noexcept;
  /// What the last chunk to be read to its end left open.
  OpenConstruct open() const noexcept { return open_; }

  /// What is kept from now on belongs to the statement that starts at or after byte `from`.
  void begin_statement(std::size_t from) noexcept;
  /// The statement so far, without the white space and `--` comments in front of it. Fails with the first byte that is
  /// not as in the text: psql put something in its place.
  std::expected<Extent, std::size_t> statement() const noexcept;
  /// Releases what was compared, so that a long statement is not kept a second time. Fails as `statement` does.
  std::expected<void, std::size_t> release();
  /// What is kept, in bytes.
  std::size_t kept() const noexcept;

 private:
  struct FreeState {
    void operator()(PsqlScanStateData* state) const noexcept;
  };
  struct FreeBuffer {
    void operator()(PQExpBufferData* buffer) const noexcept;
  };

  std::string_view text_;
  std::unique_ptr<PsqlScanStateData, FreeState> state_;
  std::unique_ptr<PQExpBufferData, FreeBuffer> kept_;
  std::size_t from_ = 0;
  std::size_t released_ = 0;  // bytes of the statement in front of what is kept
  OpenConstruct open_ = OpenConstruct::nothing;
};

}  // namespace pge
