#pragma once

#include <dirent.h>
#include <sys/types.h>

#include "process/process_status.hpp"

namespace pge {

/// The running processes below this one, whatever session or process group they have put themselves in. Found in /proc
/// without allocating memory of our own, so that PID 1 may use it. A process that is forked, or loses its parent, while
/// this reads may be missing: who wants all of them gone has to look again.
class Descendants {
 public:
  Descendants() noexcept;
  ~Descendants();
  Descendants(const Descendants&) = delete;
  Descendants& operator=(const Descendants&) = delete;

  /// Whether there is a /proc, and it is that of our PID namespace: another one would list other processes under our
  /// pids.
  bool readable() const noexcept { return proc_ != nullptr; }

  /// The next one; 0 after the last, or when /proc is not readable.
  pid_t next() noexcept;

  /// What was read of the one that `next` returned.
  const ProcessStatus& status() const noexcept { return status_; }

 private:
  bool is_below() const noexcept;

  DIR* proc_ = nullptr;
  pid_t self_;
  ProcessStatus status_;
};

}  // namespace pge
