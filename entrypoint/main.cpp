#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/command_line.hpp"
#include "commands/command.hpp"
#include "config/environment.hpp"
#include "core/environment_list.hpp"
#include "core/print.hpp"
#include "log/log.hpp"
#include "postgres/runtime.hpp"
#include "process/healthcheck.hpp"
#include "process/own_process.hpp"
#include "process/signals.hpp"
#include "run/stage_report.hpp"

namespace {

bool reads_files(const pge::ServingSettings& settings) {
  return !settings.env_files.empty() || !settings.file_env.empty();
}

// Not const: the section must be writable where the program is relocated.
[[gnu::section(".preinit_array"), gnu::used]] void (*before_all_initialisers)() = pge::block_signals_at_start;

pge::EnvironmentList copy_of(char** list) {
  pge::EnvironmentList copy;
  for (; *list != nullptr; ++list) copy.emplace_back(*list);
  return copy;
}

/// What the kernel does not let this process do is said once, and done without.
void settle_as_asked(const pge::Settings& settings, pid_t parent, pge::Log& log) {
  if (settings.command == pge::CommandName::healthcheck || settings.command == pge::CommandName::scaffold) return;
  if (!pge::can_control_itself()) {
    log.warning(
        "prctl(2) is refused here: healthcheck does not see this process, orphans may not be reaped, and who "
        "kills it leaves its children",
        {{"hint", "allow it in the seccomp profile"}});
  } else if (!pge::die_with_parent(settings.serving.parent_death_signal, parent)) {
    log.warning("--parent-death-signal is refused by the kernel");
  }
}

int run(const std::vector<std::string>& arguments, pge::EnvironmentList given, const pge::SignalState& inherited,
        pid_t parent) {
  using namespace pge;
  const auto get = [](const char* name) { return std::getenv(name); };
  auto parsed = parse_command_line(arguments, std::move(given), get);
  if (!parsed) {
    Log log(reporting_given(arguments, get));
    log.withhold_message_if(runs_beside_another);
    log.report(parsed.error());
    return parsed.error().exit_status();
  }
  if (const auto* printout = std::get_if<Printout>(&*parsed)) {
    const auto printed = print(printout->text);
    if (!printed) Log(reporting_given(arguments, get)).report(printed.error());
    return printed ? 0 : printed.error().exit_status();
  }
  StageReport report;
  auto& [settings, environment, warnings] = std::get<Invocation>(*parsed);
  // The settings already have what the stages need of the owner's secrets.
  if (is_migrating_url(settings.waiting.database)) make_non_dumpable();
  forget_variables(environ, owners_variables(settings.database));
  // libpq reads its variables from here. A list of its own, because ours is given up while the application runs.
  const EnvironmentList for_libpq = reads_files(settings.serving) ? environment : EnvironmentList{};
  std::optional<UsedEnvironment> completed;
  if (reads_files(settings.serving)) completed.emplace(for_libpq);
  Log log(settings.reporting);
  log.withhold_message_if(runs_beside_another);
  for (const std::string& warning : warnings) log.warning(warning);
  settle_as_asked(settings, parent, log);
  return find_command(settings.command)(
      {.settings = settings, .log = log, .report = report, .environment = environment, .inherited = inherited});
}

}  // namespace

int main(int argc, char** argv) {
  const pge::SignalState inherited = pge::block_all_signals();
  const pid_t parent = getppid();
  pge::fill_standard_streams();
  pge::become_subreaper();
  if (pge::has_migrating_url(environ)) pge::make_non_dumpable();
  pge::EnvironmentList environment = copy_of(environ);
  pge::settle_names();
  try {
    return run({argv + 1, argv + argc}, std::move(environment), inherited, parent);
  } catch (const std::exception& fault) {
    std::cerr << "pg-entrypoint: internal error: " << fault.what() << "\n";
    return static_cast<int>(pge::ExitCode::internal);
  }
}
