#include "process/preflight.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <fstream>

#include "harness.hpp"

using namespace pge::test;
using pge::ExitCode;

namespace {

const pge::Identity app{.uid = 1234, .gid = 2345, .groups = {}};

pge::Command command(std::vector<std::string> argv, std::optional<pge::Identity> identity = app) {
  return {.argv = std::move(argv), .environment = {"PATH=/usr/bin:/bin"}, .identity = std::move(identity)};
}

void refuses(const pge::Command& refused, ExitCode code, std::string_view words) {
  const auto seen = pge::preflight(refused);
  INFO(refused.argv.front());
  REQUIRE_FALSE(seen);
  INFO(seen.error().message << "\n" << seen.error().hint);
  CHECK(seen.error().code == code);
  CHECK(seen.error().message.contains(words));
  CHECK(waitpid(-1, nullptr, WNOHANG) == -1);
}

void accepts(const pge::Command& accepted, std::string_view doubt = "") {
  const auto seen = pge::preflight(accepted);
  INFO(accepted.argv.front());
  if (!seen) INFO(seen.error().message);
  REQUIRE(seen);
  CHECK(seen->doubt.contains(doubt));
  CHECK(seen->doubt.empty() == doubt.empty());
}

std::string own_program() {
  std::ifstream file("/proc/self/exe", std::ios::binary);
  std::string elf(8192, '\0');
  file.read(elf.data(), static_cast<std::streamsize>(elf.size()));
  return elf;
}

}  // namespace

TEST_CASE("what the kernel would refuse is known before anything is run") {
  const TemporaryDirectory place;
  refuses(command({"/no/such/file"}), ExitCode::not_found, "command not found");
  refuses(command({"no-such-command"}), ExitCode::not_found, "is not in any directory of PATH");
  refuses(command({place.path()}), ExitCode::cannot_execute, "is a directory");
  refuses(command({place.write("plain", "#!/bin/sh\n", 0644)}), ExitCode::cannot_execute, "is not executable");
  refuses(command({place.write("bare", "echo hello\n", 0755)}), ExitCode::cannot_execute, "with a #! line");
  refuses(command({place.write("empty", "", 0755)}), ExitCode::cannot_execute, "is empty");
  refuses(command({place.write("nothing", "#!  \necho\n", 0755)}), ExitCode::cannot_execute, "with a #! line");
  refuses(command({place.write("marked", "\xEF\xBB\xBF#!/bin/sh\n", 0755)}), ExitCode::cannot_execute,
          "byte order mark");
  refuses(command({place.write("wide", std::string("\xFF\xFE#\0!\0", 6), 0755)}), ExitCode::cannot_execute,
          "byte order mark");
  refuses(command({place.write("lost", "#!/no/such/sh\n", 0755)}), ExitCode::not_found, "interpreter /no/such/sh");
  refuses(command({place.write("node", "#!/usr/bin/env no-such-node\n", 0755)}), ExitCode::not_found,
          "asks env for no-such-node");
  refuses(command({place.write("split", "#! /usr/bin/env -S no-such-node --flag\n", 0755)}), ExitCode::not_found,
          "asks env for no-such-node");
  refuses(command({place.write("dos", "#!/usr/bin/env sh\r\n", 0755)}), ExitCode::not_found, "carriage return");
  const std::string text = place.write("text", "no program\n", 0755);
  refuses(command({place.write("through", "#!" + text + "\n", 0755)}), ExitCode::cannot_execute,
          text + ": it is neither a program");
}

TEST_CASE("what can be run is accepted, and is not run") {
  const TemporaryDirectory place;
  const std::string trace = place.path("trace");
  accepts(command({"sh"}));
  accepts(command({"/bin/true"}));
  accepts(command({place.write("script", "#!/bin/sh\ntouch " + trace + "\n", 0755)}));
  accepts(command({place.write("env", "#!/usr/bin/env sh\ntouch " + trace + "\n", 0755)}));
  accepts(command({place.write("options", "#!/usr/bin/env -S A=b no-such-program\n", 0755)}));  // env's own business
  CHECK(access(trace.c_str(), F_OK) != 0);
}

TEST_CASE("it is looked at with the rights of the user that will run it") {
  const TemporaryDirectory place;
  const std::string owned = place.write("owned", "#!/bin/sh\n", 0700);
  refuses(command({owned}), ExitCode::cannot_execute, "permission denied for uid 1234");
  accepts(command({owned}, std::nullopt));  // root's
  REQUIRE(chown(owned.c_str(), app.uid, app.gid) == 0);
  accepts(command({owned}));

  mkdir(place.path("closed").c_str(), 0700);
  refuses(command({place.write("closed/tool", "#!/bin/sh\n", 0755)}), ExitCode::cannot_execute, "permission denied");

  const std::string interpreter = place.write("interpreter", own_program(), 0700);
  refuses(command({place.write("behind", "#!" + interpreter + "\n", 0755)}), ExitCode::cannot_execute, interpreter);

  // Executable, not readable: a program, whose text we need not know.
  accepts(command({place.write("secret", own_program(), 0711)}));
}

TEST_CASE("a directory of PATH is passed over where execvp passes it over") {
  const TemporaryDirectory place;
  mkdir(place.path("first").c_str(), 0755);
  mkdir(place.path("second").c_str(), 0755);
  place.write("second/tool", "#!/bin/sh\n", 0755);
  pge::Command tool = command({"tool"});
  tool.environment = {"PATH=" + place.path("first") + ":" + place.path("second")};
  place.write("first/tool", "#!/bin/sh\n", 0700);
  accepts(tool);
  chmod(place.path("first/tool").c_str(), 0755);
  accepts(tool);
  place.write("first/tool", "text\n", 0755);
  refuses(tool, ExitCode::cannot_execute, "with a #! line");
}

TEST_CASE("what binfmt may run is only doubted") {
  const TemporaryDirectory place;
  std::string foreign = own_program();
  foreign[18] = foreign[18] == '\xB7' ? '\x3E' : '\xB7';  // e_machine: AArch64, or x86-64
  const std::size_t loader = foreign.find("/ld-linux");
  REQUIRE(loader != std::string::npos);
  foreign.replace(loader, 9, "/ld-gonex");  // qemu looks for it elsewhere
  accepts(command({place.write("foreign", foreign, 0755)}), "not a program for this processor");
  accepts(command({place.write("wasm", std::string("\0asm\1\0\0\0", 8), 0755)}), "not a program for this processor");
}

TEST_CASE("a user is tried: a user namespace may not map it although the capability is there") {
  REQUIRE(pge::try_identity(app));
  int ready[2], go[2];
  REQUIRE(pipe(ready) == 0);
  REQUIRE(pipe(go) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    char byte = 0;
    if (unshare(CLONE_NEWUSER) != 0 || write(ready[1], "x", 1) != 1 || read(go[0], &byte, 1) != 1) _exit(90);
    const auto mapped = pge::try_identity({.uid = 999, .gid = 999, .groups = {}});
    const auto unmapped = pge::try_identity(app);
    if (!mapped || unmapped) _exit(91);
    _exit(unmapped.error().hint.contains("uid_map") ? static_cast<int>(unmapped.error().code) : 92);
  }
  char byte = 0;
  REQUIRE(read(ready[0], &byte, 1) == 1);
  for (const char* const map : {"uid_map", "gid_map"}) {
    std::ofstream("/proc/" + std::to_string(child) + "/" + map) << "0 0 1000\n";
  }
  REQUIRE(write(go[1], "x", 1) == 1);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WEXITSTATUS(status) == 78);
  for (const int fd : {ready[0], ready[1], go[0], go[1]}) close(fd);
}
