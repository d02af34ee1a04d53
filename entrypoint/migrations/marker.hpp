#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/error.hpp"
#include "core/source.hpp"

namespace pge {

/// What separates the words of a line.
constexpr std::string_view blanks = " \t\r\f\v";

/// What a `--` comment at the start of a line means here.
enum class Marker : std::uint8_t {
  none,
  up,         ///< -- migrate:up [options]     (dbmate: ^--\s*migrate:up(\s*$|\s+\S+))
  down,       ///< -- migrate:down [options]
  directive,  ///< -- pg-entrypoint: …
  unclear,    ///< nearly one of the first two: indented, other case. If it were taken for a comment, it would run the
              ///< down part.
  foreign,    ///< a marker line of goose or tern
};

Marker classify_line(std::string_view line) noexcept;

/// True for every line that is not an ordinary comment: where `split_until` has to stop.
bool is_marker(std::string_view line) noexcept;

/// The failure for a marker line that is not allowed where it stands.
std::unexpected<Error> misplaced_marker(const Source& source, std::size_t offset);

}  // namespace pge
