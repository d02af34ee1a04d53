#include "sql/statements.hpp"

#include <algorithm>

namespace pge {

Statement Statements::operator[](std::size_t index) const {
  const Place at = (*places_)[index];
  Statement statement{.sql = text_.view().substr(at.offset, at.size), .offset = at.offset};
  if (copy_data_.empty()) return statement;
  const auto data = copy_data_.find(at.offset);
  if (data != copy_data_.end()) statement.copy_data = text_.view().substr(data->second.offset, data->second.size);
  return statement;
}

void Statements::add(std::size_t offset, std::size_t size) {
  if (!places_) places_.emplace();
  places_->push_back(place(offset, size));
}

void Statements::set_copy_data(std::size_t offset, std::size_t size) {
  copy_data_[places_->back().offset] = place(offset, size);
}

void Statements::drop(std::span<const std::size_t> indexes) {
  if (indexes.empty()) return;
  auto next = indexes.begin();
  std::size_t index = 0;
  std::erase_if(*places_, [&](const Place&) {
    const bool gone = next != indexes.end() && *next == index;
    if (gone) ++next;
    ++index;
    return gone;
  });
}

Statement Statements::longest() const {
  if (empty()) return {};
  const auto found = std::ranges::max_element(*places_, {}, &Place::size);
  return (*this)[static_cast<std::size_t>(found - places_->begin())];
}

}  // namespace pge
