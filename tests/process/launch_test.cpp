#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <format>

#include "harness.hpp"
#include "process/launch.hpp"

using namespace pge::test;
using pge::ExitCode;

namespace {

constexpr std::uint64_t bit(int number) {
  return std::uint64_t{1} << (number - 1);
}

/// `spawn` with the signals blocked for that time only.
pge::Result<pid_t> spawn(const pge::Command& command) {
  pge::SignalState inherited;
  sigemptyset(&inherited.ignored);
  const sigset_t blocked = pge::blocked_signals();
  sigprocmask(SIG_SETMASK, &blocked, &inherited.mask);
  auto child = pge::spawn(command, inherited);
  sigprocmask(SIG_SETMASK, &inherited.mask, nullptr);
  return child;
}

pge::Command command(std::vector<std::string> argv, std::vector<std::string> environment = {"PATH=/usr/bin:/bin"}) {
  pge::Command made;
  made.argv = std::move(argv);
  made.environment = std::move(environment);
  return made;
}

int status_of(const pge::Result<pid_t>& child) {
  INFO((child ? "" : child.error().message));
  REQUIRE(child);
  int status = 0;
  REQUIRE(waitpid(*child, &status, 0) == *child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void refuses(const pge::Command& refused, ExitCode code, std::string_view words, std::string_view hint = "") {
  const auto child = spawn(refused);
  REQUIRE_FALSE(child);
  INFO(child.error().message << "\n" << child.error().hint);
  REQUIRE(child.error().code == code);
  REQUIRE(child.error().message.contains(words));
  REQUIRE(child.error().hint.contains(hint));
  REQUIRE(waitpid(-1, nullptr, WNOHANG) == -1);  // nothing is left to be reaped
}

}  // namespace

TEST_CASE("the child has the inherited mask and dispositions, bit by bit") {
  const std::uint64_t blocked = bit(SIGUSR1) | bit(SIGTSTP) | bit(32) | bit(33) | bit(SIGRTMIN + 3) | bit(64);
  const std::uint64_t ignored = bit(SIGHUP) | bit(SIGPIPE) | bit(SIGCHLD) | bit(SIGRTMIN + 1);
  for (const char* const mode : {"--settle", "--exec"}) {
    const Ended some = run(driver({mode}, "report"), {.blocked = blocked, .ignored = ignored});
    REQUIRE(value_of(some.output, "mask") == std::format("{:016x}", blocked));
    REQUIRE(value_of(some.output, "ignored") == std::format("{:016x}", ignored));
    const Ended none = run(driver({mode}, "report"));
    REQUIRE(value_of(none.output, "mask") == std::string(16, '0'));
    REQUIRE(value_of(none.output, "ignored") == std::string(16, '0'));
  }
}

TEST_CASE("an inherited descriptor survives in the child and is closed in the parent") {
  const Ended ended = run(driver({"--settle"}, "report"), {.give_descriptor_3 = true});
  REQUIRE(value_of(ended.output, "fds") == "0,1,2,3,");
  REQUIRE(ended.output.contains("parent fds=0,1,2, cwd=/\n"));
  REQUIRE(value_of(run(driver({"--exec"}, "report"), {.give_descriptor_3 = true}).output, "fds") == "0,1,2,3,");
}

TEST_CASE("a closed stdin is tolerated and stays closed in the child") {
  const Ended ended = run(driver({}, "report"), {.as_init = true, .close_stdin = true});
  REQUIRE(ended.status == 0);
  REQUIRE(value_of(ended.output, "fds") == "1,2,");
}

TEST_CASE("the child leads its own process group, and a terminal's foreground") {
  REQUIRE(value_of(run(driver({}, "report")).output, "leader") == "1");
  const Ended ended = run(driver({}, "report"), {.terminal = true});
  REQUIRE(value_of(ended.output, "leader") == "1");
  REQUIRE(value_of(ended.output, "foreground") == "1");
}

TEST_CASE("Ctrl-C at a terminal reaches the child once") {
  Process process(driver({}, "echo_signals", {std::to_string(SIGTERM)}), {.terminal = true});
  REQUIRE(process.wait_for("ready"));
  process.type("\x03");
  REQUIRE(process.wait_for("^C2\r\n"));  // the terminal's echo, then the signal
  kill(process.pid(), SIGTERM);
  const Ended ended = process.finish();
  REQUIRE(ended.status == 0);
  REQUIRE(ended.output.ends_with("^C2\r\n15\r\n"));
}

TEST_CASE("the child can be made to die with its parent") {
  Process process(driver({"--parent-death-signal", "9", "--user", "1234:1234"}, "echo_signals"));
  REQUIRE(process.wait_for("ready"));
  kill(process.pid(), SIGKILL);
  const Ended ended = process.finish();
  const pid_t child = std::stoi(ended.output.substr(6));
  bool gone = false;
  for (int i = 0; i < 500 && !gone; ++i) {
    gone = kill(child, 0) != 0;
    usleep(10'000);
  }
  REQUIRE(gone);
}

TEST_CASE("a command is found on the PATH of its own environment, as execvp finds it") {
  const TemporaryDirectory directory;
  const std::string script = "#!/bin/sh\nexit 21\n";
  mkdir(directory.path("no").c_str(), 0755);
  mkdir(directory.path("yes").c_str(), 0755);
  mkdir(directory.path("no/tool").c_str(), 0755);
  directory.write("yes/tool", script, 0755);
  const std::string path = std::format("PATH=/nowhere:{}:{}", directory.path("no"), directory.path("yes"));
  REQUIRE(status_of(spawn(command({"tool"}, {path}))) == 21);
  REQUIRE(status_of(spawn(command({directory.path("yes/tool")}, {}))) == 21);
  REQUIRE(status_of(spawn(command({"sh", "-c", "exit 22"}, {}))) == 22);  // no PATH: the default one
  refuses(command({"tool"}, {"PATH=" + directory.path("no")}), ExitCode::cannot_execute, "is a directory");
  refuses(command({"tool"}, {"PATH=/nowhere"}), ExitCode::not_found, "tool is not in any directory of PATH (/nowhere)");
}

TEST_CASE("argv[0] stays what the user wrote") {
  REQUIRE(status_of(spawn(command({"sh", "-c", "test \"$0\" = sh"}))) == 0);
}

TEST_CASE("a command that cannot run is told in its own words") {
  const TemporaryDirectory directory;
  refuses(command({}), ExitCode::usage, "empty");
  refuses(command({""}), ExitCode::usage, "empty");
  refuses(command({"/no/such/file"}), ExitCode::not_found, "command not found: /no/such/file");
  refuses(command({directory.path()}), ExitCode::cannot_execute, "is a directory");
  refuses(command({directory.write("plain", "#!/bin/sh\n")}), ExitCode::cannot_execute, "is not executable", "chmod");
  refuses(command({directory.write("bare", "echo hello\n", 0755)}), ExitCode::cannot_execute, "#! line", "#!/bin/sh");
  refuses(command({directory.write("empty", "", 0755)}), ExitCode::cannot_execute, "is empty");
  refuses(command({directory.write("lost", "#! /no/such/bash -e\n", 0755)}), ExitCode::not_found,
          "its interpreter /no/such/bash does not exist");
  refuses(command({directory.write("dos", "#!/bin/sh\r\necho\r\n", 0755)}), ExitCode::not_found, "carriage return",
          "dos2unix");
  refuses(command({"/bin/true", std::string(200'000, 'x')}), ExitCode::cannot_execute, "too large");
  refuses(command({"/bin/true"}, {"BIG=" + std::string(200'000, 'x'), "A=b"}), ExitCode::cannot_execute, "too large",
          "the largest variable is BIG (200004 bytes)");
}

TEST_CASE("an ELF file of another machine, and one whose loader is missing") {
  const TemporaryDirectory directory;
  std::string elf;
  {
    FILE* const file = fopen("/proc/self/exe", "re");
    REQUIRE(file != nullptr);
    elf.resize(8192);
    REQUIRE(fread(elf.data(), 1, elf.size(), file) == elf.size());
    static_cast<void>(fclose(file));
  }
  const std::size_t loader = elf.find("/ld-linux");
  REQUIRE(loader != std::string::npos);
  std::string lost = elf;
  lost.replace(loader, 9, "/ld-gonex");
  refuses(command({directory.write("lost", lost, 0755)}), ExitCode::not_found, "its dynamic loader", "libc");
  std::string foreign = elf;
  foreign[18] = static_cast<char>(0xB7);  // e_machine: AArch64
  foreign[19] = 0;
  if (elf[18] == foreign[18]) foreign[18] = 62;
  refuses(command({directory.write("foreign", foreign, 0755)}), ExitCode::cannot_execute, "another processor",
          "--platform");
}

TEST_CASE("the exit status of a command that cannot run is 127 or 126") {
  const TemporaryDirectory directory;
  for (const std::vector<std::string>& mode : {std::vector<std::string>{}, {"--exec"}}) {
    REQUIRE(run(driver(mode, "/no/such/file")).status == 127);
    REQUIRE(run(driver(mode, directory.write("plain", "x"))).status == 126);
  }
}

TEST_CASE("exec mode keeps the pid, and a stop that is queued is not lost") {
  const Ended ended = run(driver({"--exec"}, "/bin/sh", {"-c", "echo $$"}), {.as_init = true});
  REQUIRE(ended.output == "1\n");
  REQUIRE(run(driver({"--exec", "--signal-self", "15"}, "report"), {.as_init = true}).status == 143);
}
