#pragma once

#include <cstddef>
#include <limits>

namespace pge {

/// No limit, for functions that are told how many bytes of memory they may use.
constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

/// Finds out how many they are.
using MemoryLimit = std::size_t (*)();

}  // namespace pge
