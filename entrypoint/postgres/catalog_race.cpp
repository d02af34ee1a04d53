#include "postgres/catalog_race.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace pge {
namespace {

/// unique_violation, deadlock_detected, and the four "already exists": schema, table, function, other objects.
constexpr auto clashes = std::to_array<std::string_view>({"23505", "40P01", "42P06", "42P07", "42723", "42710"});

}  // namespace

bool is_catalog_race(const Error& error) noexcept {
  return std::ranges::contains(clashes, error.sqlstate()) || error.may_try_again();
}

}  // namespace pge
