#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pge {

/// What becomes of a URL parameter that some driver or framework knows and libpq does not.
enum class ForeignAction : std::uint8_t {
  drop,         ///< concerns the application's pool or driver only
  search_path,  ///< names the schema to work in
  sslmode,      ///< a driver's spelling of sslmode
  rename,       ///< libpq has it under another name
};

struct ForeignParameter {
  std::string_view name;
  ForeignAction action;
  std::string_view renamed = {};
};

/// The row of the table for `name`; nullptr for a parameter that nobody knows.
const ForeignParameter* find_foreign_parameter(std::string_view name) noexcept;

/// A driver's `ssl=` or `sslmode=` value as libpq's sslmode; nothing when it has no equal.
std::optional<std::string> translate_sslmode(std::string_view value);

}  // namespace pge
