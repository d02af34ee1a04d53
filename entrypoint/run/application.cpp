#include "run/application.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <exception>
#include <format>
#include <string>
#include <utility>
#include <vector>

#include "core/strings.hpp"
#include "core/utf8.hpp"
#include "process/chown.hpp"
#include "process/launch.hpp"
#include "process/orphans.hpp"
#include "process/own_process.hpp"
#include "process/preflight.hpp"
#include "process/supervise.hpp"
#include "process/terminal.hpp"
#include "run/application_environment.hpp"
#include "run/metrics.hpp"
#include "run/stages.hpp"

namespace pge {
namespace {

/// While there is an application, no line of the log may end its supervisor: without memory for it, it is left out.
template <typename Tell>
void tell_if_possible(const Tell& tell) noexcept {
  try {
    tell();
  } catch (const std::exception&) {
    return;
  }
}

void tell_started(const Context& context, pid_t child) {
  const auto now = Clock::now();
  context.log.info("application started",
                   {{"pid", child}, {"since_answer_ms", now - context.report.first_answer().value_or(now)}});
  if (const pid_t group = getpgid(child); group >= 0 && group != child) {
    context.log.warning("the application shares the process group of pg-entrypoint: setpgid(2) is refused here");
  }
}

/// What the application left behind and had to be killed.
void tell_killed(const Context& context, const Leftovers& left) {
  if (!left.any) return;
  std::vector<Field> fields{{"grace_ms", context.settings.serving.orphan_grace}};
  // Without them /proc cannot be read, or is another namespace's.
  if (left.count > 0) fields.insert(fields.end(), {{"count", left.count}, {"processes", listed(left)}});
  context.log.event(Level::warning, "processes that the application left behind did not end: they got SIGKILL", fields);
}

/// The status to leave with: 0 for a --success-code.
int reported(const ServingSettings& settings, int status) noexcept {
  return std::ranges::contains(settings.success_codes, static_cast<unsigned>(status)) ? 0 : status;
}

void tell_exited(const Context& context, int status) {
  const int ours = reported(context.settings.serving, status);
  if (ours == status) return context.log.info("application exited", {{"status", status}});
  context.log.info("application exited", {{"status", status}, {"exit_status", ours}});
}

/// What was needed for starting only: for as long as the application runs, that memory is the system's again.
void free_for_serving(const Context& context) noexcept {
  std::vector<std::string>().swap(context.environment);
  return_free_memory();
}

int give_stage(const Context& context, const Command& command) {
  const StopToken stop(context.settings.serving.stop_signals);
  const auto given = give_directories(context, *command.identity, stop);
  return given ? 0 : context.leave_with(given.error());
}

/// The beginning of the command, which is what patterns are about; what follows may be long.
std::string beginning_of(const std::vector<std::string>& words) {
  constexpr std::size_t longest = 80;
  const std::string text = joined(words, " ");
  return text.size() <= longest ? text : std::format("{}…", utf8_prefix(text, longest));
}

}  // namespace

Result<Identity> identity_for(const std::string& user, std::string_view option) {
  auto identity = resolve_identity(user, {}, option);
  if (!identity) return identity;
  if (auto possible = try_identity(*identity); !possible) return fail(possible.error());
  return identity;
}

Result<Command> application_command(const Context& context) {
  const ServingSettings& settings = context.settings.serving;
  auto environment = environment_for_application(context.settings, context.environment);
  if (!environment) return fail(environment.error());
  Command command{.argv = settings.command, .environment = *std::move(environment)};
  if (!settings.user.empty()) {
    auto identity = identity_for(settings.user, "--user");
    if (!identity) return fail(identity.error());
    // A number of a platform's choice, in a container that starts as root.
    if (identity->keeps_group && identity->gid == 0 && identity->uid != 0) {
      context.log.warning("--user has no entry in /etc/passwd and no group: the application runs with group 0",
                          {{"user", settings.user}, {"hint", std::format("write {0}:{0}", settings.user)}});
    }
    command.identity = std::move(*identity);
  }
  // What becomes the application has it set by the last step before that: a change of identity clears it.
  if (settings.exec) command.parent_death_signal = settings.parent_death_signal;
  if (auto found = find_candidates(command); !found) {
    Error error = found.error();
    if (error.code == ExitCode::not_found && !settings.command_hint.empty()) error.hint = settings.command_hint;
    if (error.code == ExitCode::not_found && !context.settings.migrator.command_line.empty()) {
      error.hint += "; it must be there before the migrator runs: what a migrator makes is started by sh -c 'exec …'";
    }
    return fail(std::move(error));
  }
  return command;
}

Result<> look_at_command(const Context& context, const Command& command) {
  const auto seen = preflight(command);
  if (!seen) return fail(seen.error());
  if (!seen->doubt.empty()) context.log.warning(seen->doubt, {{"hint", seen->hint}});
  return {};
}

Result<> give_directories(const Context& context, const Identity& user, const StopToken& stop) {
  for (const std::string& directory : context.settings.serving.chown) {
    const DeliverStops deliver(stop);
    if (auto given = chown_tree(directory, user.uid, user.gid); !given) return given;
  }
  return {};
}

int pass_by(const Context& context, const Command& command) {
  const ServingSettings& settings = context.settings.serving;
  // Not for --no-database, which leaves no doubt. A pattern that misses would start a server on an old schema.
  if (!settings.no_database) {
    context.log.warning("not a server command: no migration",
                        {{"command", beginning_of(command.argv)}, {"by", settings.passed_by}});
  }
  return settings.chown.empty() ? 0 : supervise_stage(context, give_stage, command);
}

int serve(const Context& context, Command command) {
  const ServingSettings& settings = context.settings.serving;
  // Who kills us by the death of our parent means the application as well.
  if (settings.parent_death_signal == SIGKILL) command.parent_death_signal = SIGKILL;
  Terminal terminal;
  const auto child = spawn(std::move(command), context.inherited);
  if (!child) {
    terminal.take_back();
    return leave_metrics(context, context.leave_with(child.error()));
  }
  terminal.lend_to(*child);
  set_process_name("pge:serving");
  tell_if_possible([&] { tell_started(context, *child); });
  settle_as_supervisor();
  free_for_serving(context);
  const SupervisionEnd end = supervise(*child, {.stops = settings.stop_signals,
                                                .rules = settings.signals,
                                                .to_group = settings.group,
                                                .hold_stop = settings.term_delay,
                                                .kill_after = settings.grace,
                                                .terminal = &terminal});
  // The application has exited; now the processes that it left behind are ended.
  set_process_name("pge:ending");
  const Leftovers left = end_remaining_children(settings.orphan_grace);
  terminal.take_back();
  const int status = exit_status(end.outcome);
  tell_if_possible([&] {
    if (end.killed) {
      context.log.warning("the application did not end in time: it got SIGKILL", {{"grace_ms", settings.grace}});
    }
    tell_killed(context, left);
    tell_exited(context, status);
  });
  return reported(settings, status);
}

}  // namespace pge
