#include "process/pipe.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace pge {

bool open_pipe(int (&ends)[2]) noexcept {
  if (pipe2(ends, O_CLOEXEC) == 0) return true;
  if (errno == EMFILE || errno == ENFILE) return false;
  return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0;
}

}  // namespace pge
