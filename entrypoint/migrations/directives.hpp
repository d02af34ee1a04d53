#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "migrations/migration.hpp"

namespace pge {

/// What a `--` comment line that stands at the start of a line means to us.
enum class Marker : std::uint8_t {
  none,
  up,         ///< -- migrate:up [options]     (dbmate: ^--\s*migrate:up(\s*$|\s+\S+))
  down,       ///< -- migrate:down [options]
  directive,  ///< -- pg-entrypoint: …
  unclear,    ///< nearly one of the first two: indented, other case. Taken for a comment it would run the down
              ///< part.
  foreign,    ///< cuts the file in goose's or tern's way
};

Marker classify_line(std::string_view line) noexcept;

/// True for every line that is not an ordinary comment: where `split_until` has to stop.
bool is_marker(std::string_view line) noexcept;

/// What the comments before the first statement ask for.
struct Header {
  bool transactional = true;
  std::optional<std::chrono::milliseconds> lock_timeout = {};
  OnDoubt on_doubt = OnDoubt::retry;
  std::size_t end = 0;  ///< the first byte behind the directives that is not a comment, or a line `-- migrate:down`
};

/// Read the directives at the front of a file. Fails with `invalid_migrations` and a location.
Result<Header> read_header(const std::string& path, std::string_view text);

/// The failure for a marker line that is not allowed where it stands.
std::unexpected<Error> misplaced_marker(const std::string& path, std::string_view text, std::size_t offset);

/// `transaction:true|false` behind `-- migrate:up` or `-- migrate:down`; nothing when there is no option.
Result<std::optional<bool>> transaction_option(const std::string& path, std::string_view text, std::size_t offset);

}  // namespace pge
