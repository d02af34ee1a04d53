#pragma once

namespace pge {

/// A pipe with O_CLOEXEC: ends[0] is for reading, ends[1] for writing. Where a seccomp profile refuses pipe2(2), which
/// glibc's pipe(3) is as well: a pair of sockets. False, with errno set, when there is none to be had.
bool open_pipe(int (&ends)[2]) noexcept;

}  // namespace pge
