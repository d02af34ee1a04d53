// The life of PID 1 in small, for the tests: block, (stage), spawn, supervise, leave.
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "core/stop.hpp"
#include "process/launch.hpp"
#include "process/orphans.hpp"
#include "process/own_process.hpp"
#include "process/replace.hpp"
#include "process/signals.hpp"
#include "process/stage.hpp"
#include "process/supervise.hpp"

namespace {

[[gnu::section(".preinit_array"), gnu::used]] void (*before_all_initialisers)() = pge::block_signals_at_start;

struct Options {
  std::string user;
  std::string stage;  // empty: none
  int stage_kill_after = 0;
  int spawns = 1;
  int grace = 0;
  int signal_self = 0;
  int parent_death_signal = 0;
  bool exec = false;
  bool settle = false;
  bool own_sigpipe = false;
  bool terminal = false;
  bool group = false;
  int hold_stop = 0;
  int kill_after = 0;
  pge::SignalRules rules;
  std::vector<std::string> command;
};

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const auto value = [&] { return std::string(++i < argc ? argv[i] : ""); };
    if (word == "--") {
      options.command.assign(argv + i + 1, argv + argc);
      break;
    }
    if (word == "--user") options.user = value();
    if (word == "--stage") options.stage = value();
    if (word == "--stage-kill-after") options.stage_kill_after = std::stoi(value());
    if (word == "--spawns") options.spawns = std::stoi(value());
    if (word == "--grace") options.grace = std::stoi(value());
    if (word == "--signal-self") options.signal_self = std::stoi(value());
    if (word == "--parent-death-signal") options.parent_death_signal = std::stoi(value());
    if (word == "--exec") options.exec = true;
    if (word == "--own-sigpipe") options.own_sigpipe = true;
    if (word == "--settle") options.settle = true;
    if (word == "--terminal") options.terminal = true;
    if (word == "--group") options.group = true;
    if (word == "--hold-stop") options.hold_stop = std::stoi(value());
    if (word == "--kill-after") options.kill_after = std::stoi(value());
    if (word == "--rule" && !pge::add_signal_rule(options.rules, value())) std::abort();
  }
  return options;
}

// "STATUS": ends with it. "throw". "sleep": until a stop comes, then 128+n. "count": needs two stops. "deaf":
// for ever.
int stage(const std::string& what) {
  std::printf("stage ready\n");
  std::fflush(stdout);
  if (what == "throw") throw std::runtime_error("out of tea");
  pge::StopToken stop;
  if (what == "sleep") {
    stop.sleep(pge::seconds(20));
    return 128 + stop.requested();
  }
  if (what == "count") {
    stop.sleep(pge::seconds(20));
    std::printf("first\n");
    std::fflush(stdout);
    stop.wait(-1, 0, pge::Clock::now() + pge::seconds(20), stop.count());
    return 60 + stop.count();
  }
  if (what == "deaf") sleep(30);
  return std::stoi(what);
}

int report(const pge::Error& error) {
  std::fprintf(stderr, "%s\n%s\n", error.message.c_str(), error.hint.c_str());
  return error.exit_status();
}

void print_state() {
  std::string line = "parent fds=";
  for (int fd = 0; fd < 256; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) line += std::to_string(fd) + ",";
  }
  char directory[256] = {};
  std::printf("%s cwd=%s\n", line.c_str(), getcwd(directory, sizeof directory));
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const pge::SignalState inherited = pge::block_all_signals();
  pge::fill_standard_streams();
  pge::become_subreaper();
  const Options options = parse(argc, argv);

  if (!options.stage.empty()) {
    const auto child = pge::fork_stage();
    if (!child) return report(child.error());
    if (*child == 0) pge::run_stage(stage, options.stage);
    const pge::SupervisionEnd end = pge::supervise(
        *child, {.forward_all = false, .kill_after = std::chrono::milliseconds(options.stage_kill_after)});
    if (const int status = pge::exit_status(end.outcome); status != 0) return status;
    if (end.stop_signal != 0) return 128 + end.stop_signal;
  }
  if (options.signal_self != 0) kill(getpid(), options.signal_self);
  if (const int stop = options.exec ? 0 : pge::pending_stop(); stop != 0) return 128 + stop;

  pge::Command command;
  command.argv = options.command;
  for (char** entry = environ; *entry != nullptr; ++entry) command.environment.emplace_back(*entry);
  command.parent_death_signal = options.parent_death_signal;
  if (!options.user.empty()) {
    auto identity = pge::resolve_identity(options.user);
    if (!identity) return report(identity.error());
    command.identity = *identity;
  }
  if (options.exec) {
    if (options.own_sigpipe) kill(getpid(), SIGPIPE);
    return report(pge::replace_process(command, inherited));
  }

  int status = 0;
  for (int i = 0; i < options.spawns && status == 0; ++i) {
    const auto child = pge::spawn(command, inherited);
    if (!child) return report(child.error());
    if (options.settle) {
      pge::settle_as_supervisor();
      print_state();
    }
    if (options.own_sigpipe) kill(getpid(), SIGPIPE);
    pge::Terminal terminal;
    terminal.lend_to(*child);
    const pge::SupervisionEnd end = pge::supervise(*child, {.rules = options.rules,
                                                            .to_group = options.group,
                                                            .hold_stop = std::chrono::milliseconds(options.hold_stop),
                                                            .kill_after = std::chrono::milliseconds(options.kill_after),
                                                            .terminal = options.terminal ? &terminal : nullptr});
    status = pge::exit_status(end.outcome);
    if (end.killed) std::printf("killed at last\n");
  }
  const pge::Leftovers killed = pge::end_remaining_children(std::chrono::milliseconds(options.grace));
  if (killed.any) std::printf("killed %zu: %s\n", killed.count, pge::listed(killed).c_str());
  return status;
}
