#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "alembic/python_tokens.hpp"

namespace pge {

/// An argument of a call, as it is written.
struct PythonArgument {
  std::string_view keyword = {};            ///< of `name=value`; empty for others
  bool spread = false;                      ///< `**value`, or `*value`
  std::span<const PythonToken> value = {};  ///< without keyword and stars
};

/// The arguments of the call whose "(" is `tokens[open]`.
std::vector<PythonArgument> arguments_of(std::span<const PythonToken> tokens, std::size_t open);

/// Whether these are exactly the tokens, a string of any quotes being written as its value.
bool are_tokens(std::span<const PythonToken> tokens, std::initializer_list<std::string_view> texts);

}  // namespace pge
