#include "process/lifeline.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <optional>

using pge::Descriptor;
using pge::Lifeline;

namespace {

bool ready(int fd, int milliseconds) {
  pollfd watched{.fd = fd, .events = POLLIN, .revents = 0};
  return poll(&watched, 1, milliseconds) > 0;
}

/// A connection whose other end, the server's, sees when the last copy of ours is closed.
struct Connection {
  Connection() {
    int ends[2] = {-1, -1};
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    ours.reset(ends[0]);
    server.reset(ends[1]);
  }
  bool lost(int within = 0) const { return ready(server.get(), within); }

  Descriptor ours, server;
};

/// A stage that does something and says so with a byte; then it stays until it is killed.
template <typename Work>
pid_t stage(Lifeline& lifeline, Connection& connection, const Work& work) {
  int done[2] = {-1, -1};
  REQUIRE(pipe(done) == 0);
  const pid_t child = fork();
  if (child == 0) {
    lifeline.join();
    connection.server.reset();
    close(done[0]);
    work();
    [[maybe_unused]] const ssize_t told = write(done[1], "", 1);
    for (;;) pause();
  }
  close(done[1]);
  connection.ours.reset();
  char byte = 0;
  REQUIRE(read(done[0], &byte, 1) == 1);
  close(done[0]);
  return child;
}

void end(pid_t child) {
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

}  // namespace

TEST_CASE("what a killed stage held stays open until its parent closes it, too") {
  std::optional<Lifeline> lifeline(std::in_place);
  Connection connection;
  const pid_t child = stage(*lifeline, connection, [&] {
    if (!lifeline->hold(connection.ours.get())) _exit(1);
  });
  CHECK(lifeline->still_holds());
  end(child);
  CHECK(lifeline->still_holds());
  CHECK_FALSE(connection.lost(50));
  lifeline.reset();
  CHECK(connection.lost(1000));
}

TEST_CASE("what a stage holds no more is closed when the stage closes it") {
  Lifeline lifeline;
  Connection connection;
  const pid_t child = stage(lifeline, connection, [&] {
    for (int round = 0; round < 3; ++round) {
      if (!lifeline.hold(connection.ours.get())) _exit(1);
      lifeline.let_go();
    }
    connection.ours.reset();
  });
  CHECK(connection.lost(1000));
  CHECK_FALSE(lifeline.still_holds());
  end(child);
}

TEST_CASE("a stage that does not hold leaves nothing to clean up") {
  Lifeline lifeline;
  Connection connection;
  end(stage(lifeline, connection, [] {}));
  CHECK_FALSE(lifeline.still_holds());
  CHECK(connection.lost(1000));
}

TEST_CASE("a stage that holds survives its parent and sees that it is gone") {
  int told[2] = {-1, -1};
  REQUIRE(pipe(told) == 0);
  const auto tell = [&](char word) { [[maybe_unused]] const ssize_t length = write(told[1], &word, 1); };
  const pid_t parent = fork();
  if (parent == 0) {
    Lifeline lifeline;
    const Connection connection;
    if (fork() == 0) {
      lifeline.join();
      tell(lifeline.hold(connection.ours.get()) && !ready(lifeline.parent_gone(), 0) ? 'h' : 'n');
      tell(ready(lifeline.parent_gone(), 5000) ? 'y' : 'n');
      _exit(0);
    }
    for (;;) pause();
  }
  char word = 0;
  REQUIRE(read(told[0], &word, 1) == 1);
  CHECK(word == 'h');
  end(parent);
  REQUIRE(ready(told[0], 6000));
  REQUIRE(read(told[0], &word, 1) == 1);
  CHECK(word == 'y');
  close(told[0]);
  close(told[1]);
}
