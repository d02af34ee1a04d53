#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "core/file_text.hpp"

namespace pge {

/// One SQL statement of a migration, without its semicolon: a view of the text, which its list keeps alive.
struct Statement {
  std::string_view sql;
  std::size_t offset = 0;                          ///< bytes from the start of the file's text to the start of `sql`
  std::optional<std::string_view> copy_data = {};  ///< for COPY … FROM STDIN: the lines that follow, without `\.`
};

/// The statements of one part of a file, kept as places in its text: 8 bytes each, so that a dump with millions of
/// them can be applied in a small container. The text has less than 2 GB.
class Statements {
 public:
  class Iterator {
   public:
    Iterator(const Statements& list, std::size_t index) : list_(&list), index_(index) {}
    Statement operator*() const { return (*list_)[index_]; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    bool operator==(const Iterator&) const = default;

   private:
    const Statements* list_;
    std::size_t index_;
  };

  Statements() = default;
  /// None yet, of this text.
  explicit Statements(FileText text) : text_(std::move(text)) {}

  std::size_t size() const noexcept { return places_ ? places_->size() : 0; }
  bool empty() const noexcept { return size() == 0; }
  Statement operator[](std::size_t index) const;
  Statement front() const { return (*this)[0]; }
  Statement back() const { return (*this)[size() - 1]; }
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, size()}; }

  void add(std::size_t offset, std::size_t size);
  /// The data of the last one, a COPY … FROM STDIN.
  void set_copy_data(std::size_t offset, std::size_t size);
  /// Takes statements out of the list: those at these indexes, which are in ascending order.
  void drop(std::span<const std::size_t> indexes);

  /// The longest statement, COPY data not counted; an empty one when there is none.
  Statement longest() const;
  /// What this list occupies, in bytes.
  std::size_t memory() const noexcept { return size() * sizeof(Place); }

 private:
  struct Place {
    std::uint32_t offset;
    std::uint32_t size;
  };
  static Place place(std::size_t offset, std::size_t size) {
    return {static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(size)};
  }

  FileText text_;
  // Not a vector, which needs three times the memory while it grows. Nothing while it is empty: a deque takes half a
  // kilobyte then, and most files are never parsed.
  std::optional<std::deque<Place>> places_;
  std::map<std::uint32_t, Place> copy_data_;  // by the offset of its statement
};

}  // namespace pge
