#include "run/metrics.hpp"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <format>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <variant>

#include "core/file.hpp"
#include "core/patience.hpp"
#include "core/tool_version.hpp"
#include "core/utf8.hpp"
#include "process/outcome.hpp"
#include "process/stage.hpp"
#include "process/supervise.hpp"

namespace pge {
namespace {

using Label = std::pair<std::string_view, std::string_view>;

/// The value of a label, without the quotes around it. What is not UTF-8 would make the whole file unreadable.
std::string label_value(std::string_view text) {
  std::string out;
  for (std::size_t invalid = find_invalid_utf8(text);; invalid = find_invalid_utf8(text)) {
    for (const char c : text.substr(0, invalid)) {
      if (c == '\\' || c == '"') out += '\\';
      out += c == '\n' ? "\\n" : std::string(1, c);
    }
    if (invalid >= text.size()) return out;
    out += '?';
    text.remove_prefix(invalid + 1);
  }
}

/// Families of gauges, each with its samples behind it.
class Exposition {
 public:
  explicit Exposition(std::string_view source) : source_(label_value(source)) {}

  void family(std::string_view name, std::string_view help) {
    name_ = std::format("pg_entrypoint_{}", name);
    text_ += std::format("# HELP {0} {1}\n# TYPE {0} gauge\n", name_, help);
  }

  /// A sample of the last family.
  void sample(std::string_view value, std::initializer_list<Label> labels = {}) {
    text_ += std::format("{}{{source=\"{}\"", name_, source_);
    for (const auto& [label, content] : labels) text_ += std::format(",{}=\"{}\"", label, label_value(content));
    text_ += std::format("}} {}\n", value);
  }

  std::string text() && { return std::move(text_); }

 private:
  std::string source_;
  std::string name_;
  std::string text_;
};

std::string in_seconds(std::chrono::nanoseconds time) {
  return std::format("{:.3f}", std::chrono::duration<double>(time).count());
}

std::string_view name_of(CommandName command) {
  if (command == CommandName::migrate) return "migrate";
  return command == CommandName::wait ? "wait" : "run";
}

std::string_view result_of(int status) {
  if (status == 0) return "ok";
  return status > signal_exit_status(0) ? "stopped" : "failed";
}

void add_result(Exposition& out, CommandName command, int status) {
  std::string version = tool_version();
  version.erase(0, version.find(' ') + 1);
  out.family("info", "The command and the version that wrote this.");
  out.sample("1", {{"command", name_of(command)}, {"version", version}});
  out.family("result", "1 for the result of the last start: ok, failed or stopped by a signal.");
  for (const std::string_view result : {"ok", "failed", "stopped"}) {
    out.sample(result == result_of(status) ? "1" : "0", {{"result", result}});
  }
  out.family("exit_code", "Exit code of the last start; 0 when it was prepared, whatever the application does then.");
  out.sample(std::to_string(status));
  out.family("finished_timestamp_seconds", "When that was, in seconds since 1970.");
  out.sample(in_seconds(std::chrono::system_clock::now().time_since_epoch()));
}

void add_durations(Exposition& out, const StageReport& report) {
  constexpr std::pair<Phase, std::string_view> names[] = {{Phase::database, "database"},
                                                          {Phase::lock, "lock"},
                                                          {Phase::migrations, "migrations"},
                                                          {Phase::migrate, "migrate"}};
  std::chrono::nanoseconds waited{0};
  out.family("phase_seconds",
             "Time until the database answered, for the lock, for migrations by somebody else, and for migrating.");
  for (const auto& [phase, name] : names) {
    const auto spent = report.spent_on(phase);
    out.sample(in_seconds(spent), {{"phase", name}});
    if (phase != Phase::migrate) waited += spent;
  }
  out.family("waiting_seconds", "The time that was spent waiting, of all phases but migrate.");
  out.sample(in_seconds(waited));
}

void add_counts(Exposition& out, const StageReport& report) {
  const auto counts = report.counts();
  if (!counts) return;
  out.family("migrations_applied", "Migrations that the last start applied.");
  out.sample(std::to_string(counts->applied));
  out.family("migrations_pending", "Migrations that the last start left pending.");
  out.sample(std::to_string(counts->pending));
}

/// The kernel ends this process when the time is over, also in the middle of a system call.
void end_after(seconds time) noexcept {
  sigset_t only{};
  sigemptyset(&only);
  sigaddset(&only, SIGALRM);
  static_cast<void>(std::signal(SIGALRM, SIG_DFL));
  sigprocmask(SIG_UNBLOCK, &only, nullptr);
  alarm(static_cast<unsigned>(time.count()));
}

/// Of a start that has failed the cause stays the last line.
void tell_not_written(const Context& context, int status, const std::string& reason) {
  if (status != 0) return;
  context.log.warning("the metrics file could not be written",
                      {{"file", context.settings.reporting.metrics_file}, {"reason", reason}});
}

int write_metrics(const Context& context, int status) {
  end_after(patience::metrics_file);
  const std::string& path = context.settings.reporting.metrics_file;
  const std::filesystem::path name(path);
  const std::string source = (name.extension() == ".prom" ? name.stem() : name.filename()).string();
  if (const auto written = replace_file(path, metrics_text(context, status, source)); !written) {
    tell_not_written(context, status, written.error().message());
  }
  return 0;
}

}  // namespace

std::string metrics_text(const Context& context, int status, const std::string& source) {
  Exposition out(source);
  add_result(out, context.settings.command, status);
  add_durations(out, context.report);
  add_counts(out, context.report);
  return std::move(out).text();
}

int leave_metrics(const Context& context, int status) {
  if (context.settings.reporting.metrics_file.empty()) return status;
  const auto child = fork_stage();
  if (!child) {
    tell_not_written(context, status, child.error().message);
    return status;
  }
  if (*child == 0) run_stage(write_metrics, context, status);
  const SupervisionEnd end = supervise(
      *child,
      {.stops = context.settings.serving.stop_signals, .forward_all = false, .kill_after = patience::stage_end});
  if (std::holds_alternative<Signaled>(end.outcome) && end.stop_signal == 0) {
    tell_not_written(context, status, "its file system does not answer");
  }
  if (status != 0 || end.stop_signal == 0) return status;
  return context.leave_with(stopped_by(end.stop_signal));
}

}  // namespace pge
