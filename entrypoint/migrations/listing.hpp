#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "core/descriptor.hpp"

namespace pge {

/// A directory that is open, and what it holds, in no order. Hidden entries are left out. It is read once, and nothing
/// is asked about an entry beyond what the directory itself says.
class Listing {
 public:
  enum class Kind : std::uint8_t {
    file,       ///< a regular file
    directory,  ///< a directory itself
    other,      ///< a link, something else, or a file system that does not say
  };
  struct Entry {
    std::string name;
    Kind kind = Kind::other;
  };

  /// Fails with the system's error.
  static std::expected<Listing, std::error_code> read(const std::string& path);

  const std::vector<Entry>& entries() const noexcept { return entries_; }
  /// The open directory, for openat(2); the listing is of no use any more.
  Descriptor directory() && noexcept { return std::move(directory_); }
  /// Whether an entry is a directory, or a link to one.
  bool is_directory(const Entry& entry) const;
  /// The entry's path, below the directory's as it was given.
  std::string path_of(const Entry& entry) const { return prefix_ + entry.name; }

 private:
  Descriptor directory_;
  std::string prefix_;
  std::vector<Entry> entries_;
};

}  // namespace pge
