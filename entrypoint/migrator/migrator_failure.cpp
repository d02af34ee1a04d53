#include "migrator/migrator_failure.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <format>

namespace pge {
namespace {

struct SignText {
  std::string_view text;
  Sign sign;
};

/// The server's messages in English, and the SQLSTATEs that drivers print in any language.
constexpr auto sign_texts = std::to_array<SignText>({
    {"55P03", Sign::lock_timeout},
    {"canceling statement due to lock timeout", Sign::lock_timeout},
    {"40P01", Sign::deadlock},
    {"deadlock detected", Sign::deadlock},
    {"canceling statement due to statement timeout", Sign::statement_timeout},
    {"too many clients already", Sign::no_connection},
    {"remaining connection slots are reserved", Sign::no_connection},
    {"too many connections for", Sign::no_connection},                 // a role, a database
    {"unsupported startup parameter", Sign::options_refused},          // PgBouncer
    {"unsupported options startup parameter", Sign::options_refused},  // PgBouncer
    {"doesn't support command-line options", Sign::options_refused},   // RDS Proxy
});

/// Whether a driver says, in whatever language the server speaks, that the line is about this SQLSTATE. The digits
/// alone may be a number of rows.
bool names_sqlstate(std::string_view line, std::string_view state) {
  constexpr auto words =
      std::to_array<std::string_view>({"SQLSTATE", "SQLState", "sqlstate", "sqlState", "code", "FATAL"});
  return line.contains(state) && std::ranges::any_of(words, [&](std::string_view word) { return line.contains(word); });
}

/// What to do about a failure of which no more is known than what the migrator has written.
std::string output_hint(const std::string& output) {
  return output.empty() ? "it has written nothing: run the same command by hand to see why it fails"
                        : "its last lines are in output; fix the cause and start again";
}

/// A shell, and npm, whose command was killed by signal n exits with 128+n (POSIX, Shell Command Language, 2.8.2); 0:
/// no such status. The signals for real-time use are left out, because nobody is killed by them in practice.
int signal_of(int status) {
  const int number = status - 128;
  return number > 0 && number < SIGRTMIN ? number : 0;
}

std::string signs_hint(const Signs& signs, const std::string& output) {
  if (signs.has(Sign::options_refused)) {
    return "what the migrator connects to refuses PGOPTIONS, as a pooler does: give it the server's own address, "
           "or use --migrator-options=off";
  }
  if (signs.has(Sign::statement_timeout)) {
    return "the server cancelled its statement: raise --statement-timeout, or a limit of the migrator's own";
  }
  return output_hint(output);
}

}  // namespace

void Signs::look_at(std::string_view line, const std::vector<StartupSetting>& passed) {
  for (const auto& [text, sign] : sign_texts) {
    const bool possible = sign != Sign::options_refused || !passed.empty();
    if (possible && line.contains(text)) add(sign);
  }
  if (names_sqlstate(line, "53300")) add(Sign::no_connection);
  if (!line.contains("unrecognized configuration parameter")) return;
  const auto is_named = [&](const StartupSetting& setting) { return line.contains(setting.name); };
  if (std::ranges::any_of(passed, is_named)) add(Sign::options_refused);
}

Error explain_migrator_failure(const MigratorCommand& migrator, const Outcome& outcome, const Signs& signs,
                               const std::string& why_killed, const std::string& output) {
  Error error{.code = ExitCode::migration_failed, .message = {}, .output = output};
  const std::string& command = migrator.command_line;
  const int status = exit_status(outcome);
  if (const auto* signaled = std::get_if<Signaled>(&outcome)) {
    error.message = std::format("the migrator was killed by signal {}: {}", signaled->number, command);
    error.hint = signaled->number == SIGKILL ? why_killed : output_hint(output);
    return error;
  }
  if (const int number = signal_of(status); number != 0) {
    error.message =
        std::format("the migrator exited with status {}: signal {} has killed a process that it started: {}", status,
                    number, command);
    error.hint = number == SIGKILL ? why_killed : output_hint(output);
    return error;
  }
  if (signs.has(Sign::no_connection)) {
    error.code = ExitCode::unavailable;
    error.message = std::format("the migrator exited with status {}: the server had no connection left for it: {}",
                                status, command);
    error.hint = "close connections, or raise max_connections, or the CONNECTION LIMIT of the role or the database";
    return error;
  }
  const bool timed_out = migrator.lock_timeout.count() > 0 && signs.has(Sign::lock_timeout);
  if (timed_out || signs.has(Sign::deadlock)) {
    error.code = ExitCode::gave_way;
    error.message = std::format("the migrator exited with status {} after a {}: {}", status,
                                timed_out ? "lock time-out" : "deadlock", command);
    error.hint = timed_out
                     ? "the warnings above name who held the lock: end that transaction, raise --lock-timeout, or "
                       "use --migrator-retries"
                     : "start again, or use --migrator-retries";
    return error;
  }
  error.message = std::format("the migrator exited with status {}: {}", status, command);
  error.hint = signs_hint(signs, output);
  return error;
}

Error explain_migrator_outage(const Error& failure, const Error& lost) {
  Error error = lost;
  error.message =
      std::format("{}; the session that holds the lock was lost with it: {}", failure.message, lost.message);
  error.hint = "if this happens every time, what the migrator runs crashes the server: see the server's log";
  error.output = failure.output;
  return error;
}

}  // namespace pge
