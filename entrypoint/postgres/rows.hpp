#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct pg_result;  // NOLINT(readability-identifier-naming)

namespace pge {

/// The rows of one result, read by type (conversions are libpqxx's). A value that does not have the requested type is a
/// bug here or in the server, and throws. A null can be read as text.
class Rows {
 public:
  Rows() = default;
  explicit Rows(pg_result* result) noexcept : result_(result) {}

  std::size_t size() const noexcept;
  std::size_t columns() const noexcept;
  bool empty() const noexcept { return size() == 0; }

  /// Empty for null. As long as the rows live.
  std::string_view value(std::size_t row, std::size_t column) const noexcept;
  std::string text(std::size_t row, std::size_t column) const;
  std::int64_t integer(std::size_t row, std::size_t column) const;
  bool boolean(std::size_t row, std::size_t column) const;

  /// The command's tag, for example "COMMIT" or "UPDATE 1".
  std::string_view tag() const noexcept;

 private:
  struct Clear {
    void operator()(pg_result* result) const noexcept;
  };
  std::unique_ptr<pg_result, Clear> result_;
};

}  // namespace pge
