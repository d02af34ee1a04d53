#pragma once

#include <sys/types.h>

#include <array>

namespace pge {

/// What /proc says of one process.
struct ProcessStatus {
  pid_t parent = 0;
  char state = 0;               ///< Z: it has ended, and its parent has not taken note yet
  std::array<char, 16> name{};  ///< as in ps(1), cut off after 15 bytes
};

/// The pid that an entry of /proc is named after; 0 when it is none.
pid_t pid_of_entry(const char* name) noexcept;

/// `proc` is a descriptor of the open directory /proc. False when there is no such process. Does not allocate.
bool read_status(int proc, pid_t pid, ProcessStatus& status) noexcept;

}  // namespace pge
