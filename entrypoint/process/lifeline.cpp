#include "process/lifeline.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "process/pipe.hpp"

namespace pge {
namespace {

bool is_readable(int fd) noexcept {
  pollfd watched{.fd = fd, .events = POLLIN, .revents = 0};
  return fd >= 0 && poll(&watched, 1, 0) > 0;
}

/// unix(7), SCM_RIGHTS: the message has a descriptor of its own for the same open socket.
bool send_descriptor(int through, int fd) noexcept {
  char byte = 0;
  iovec text{.iov_base = &byte, .iov_len = sizeof byte};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof fd)]{};
  msghdr message{};
  message.msg_iov = &text;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof fd);
  std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  ssize_t sent = 0;
  do {
    sent = sendmsg(through, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent > 0;
}

}  // namespace

Lifeline::Lifeline() noexcept {
  int ends[2] = {-1, -1};
  if (open_pipe(ends)) {
    reader_.reset(ends[0]);
    writer_.reset(ends[1]);
  }
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0) {
    giver_.reset(ends[0]);
    keeper_.reset(ends[1]);
  }
}

void Lifeline::join() noexcept {
  writer_.reset();
}

bool Lifeline::hold(int socket) noexcept {
  // Both before the migrator starts: from then on a kill of either process has to be survived by the other one.
  const bool sent = socket >= 0 && giver_.get() >= 0 && send_descriptor(giver_.get(), socket);
  const bool sees_parent = reader_.get() >= 0 && prctl(PR_SET_PDEATHSIG, 0) == 0;
  return sent && sees_parent;
}

void Lifeline::let_go() noexcept {
  // Where the parent is gone already this comes too late, and the stage ends by what `parent_gone` has told it.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  char byte = 0;
  // What is received without room for the descriptor is closed (unix(7), MSG_CTRUNC).
  while (keeper_.get() >= 0 && recv(keeper_.get(), &byte, sizeof byte, MSG_DONTWAIT) > 0) continue;
}

bool Lifeline::still_holds() const noexcept {
  return is_readable(keeper_.get());
}

}  // namespace pge
