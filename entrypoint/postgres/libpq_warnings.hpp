#pragma once

#include <cstdio>
#include <set>
#include <string>
#include <string_view>

#include "core/events.hpp"

namespace pge {

/// What libpq writes to stderr while it connects: a passfile that it leaves out, a key's passphrase that it cuts. It
/// has no hook for these (PQsetNoticeProcessor gets what the server says), and repeats them at each attempt.
class LibpqWarnings {
 public:
  /// While one lives, what is printed to the C library's `stderr` is kept from file descriptor 2, where it would stand
  /// between the lines of a JSON log. What writes to the descriptor itself, as the log does, is not affected.
  class Capture {
   public:
    explicit Capture(LibpqWarnings& warnings) noexcept;
    ~Capture();
    Capture(const Capture&) = delete;
    Capture& operator=(const Capture&) = delete;

   private:
    LibpqWarnings& warnings_;
    std::FILE* before_;
    char* text_ = nullptr;
    std::size_t size_ = 0;
  };

  /// Report what was captured since the last call: each warning once in this object's life.
  void tell(Events& events);

  /// The passfile that the last attempt left out, because of its permissions or because it is not a file; empty: none.
  const std::string& unusable_passfile() const noexcept { return passfile_; }

 private:
  void keep(std::string_view text);

  std::string captured_;
  std::string passfile_;
  std::set<std::string, std::less<>> told_;
};

}  // namespace pge
