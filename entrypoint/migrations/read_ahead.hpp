#pragma once

#include <cstddef>
#include <future>
#include <span>

#include "core/descriptor.hpp"
#include "core/error.hpp"
#include "migrations/migration.hpp"

namespace pge {

/// Reads the texts of migrations, and hashes what is likely to be their up parts, while something else is waited for: a
/// start with a thousand files spends most of its own time on that, and connecting takes as long.
class ReadAhead {
 public:
  ReadAhead() = default;

  /// The files lie in the open `directory`. `migrations` stay where they are, and belong to the reader until `finish`
  /// returns. `memory`: see `FileText::read`.
  ReadAhead(std::span<Migration> migrations, Descriptor directory, std::size_t memory);

  /// Whether `finish` might have to wait.
  bool is_reading() const;

  /// All is read, or what kept the first file from it. The same answer each time.
  Result<> finish();

 private:
  std::future<Result<>> work_;
  Result<> done_;
};

}  // namespace pge
