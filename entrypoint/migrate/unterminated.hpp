#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "migrate/psql_scanner.hpp"

namespace pge {

/// What was never closed, where, and how to close it.
struct Unterminated {
  std::size_t offset = 0;  ///< bytes from the start of the statement
  std::string_view message;
  std::string hint;
};

/// Of a last `statement` that ends inside of `open`.
Unterminated find_unterminated(std::string_view statement, Open open);

}  // namespace pge
