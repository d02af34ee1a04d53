#include "migrations/blocks.hpp"

#include <algorithm>
#include <iterator>

namespace pge {

void Blocks::add(std::size_t first, std::size_t size, const TransactionShape& shape) {
  // The statements between the last block and this one are a step each.
  blocks_.push_back({.step = steps(first), .first = first, .size = size, .shape = shape});
}

std::size_t Blocks::steps(std::size_t statements) const noexcept {
  if (blocks_.empty()) return statements;
  const Block& last = blocks_.back();
  return last.step + 1 + (statements - (last.first + last.size));
}

Step Blocks::step(std::size_t index) const noexcept {
  const auto behind = std::ranges::upper_bound(blocks_, index, {}, &Block::step);
  if (behind == blocks_.begin()) return {.first = index};
  const Block& block = *std::prev(behind);
  if (block.step == index) return {.first = block.first, .size = block.size, .block = true, .shape = block.shape};
  return {.first = block.first + block.size + (index - block.step - 1)};
}

bool Blocks::contains(std::size_t statement) const noexcept {
  const auto behind = std::ranges::upper_bound(blocks_, statement, {}, &Block::first);
  return std::any_of(blocks_.begin(), behind, [&](const Block& block) { return statement < block.first + block.size; });
}

}  // namespace pge
