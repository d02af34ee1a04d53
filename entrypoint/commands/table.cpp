#include <algorithm>
#include <iterator>

#include "commands/command.hpp"
#include "run/history_settings.hpp"
#include "run/metrics.hpp"
#include "run/pipeline.hpp"
#include "run/stages.hpp"

namespace pge {
namespace {

int run_in_stage(const Context& context);

struct Entry {
  CommandName name;
  int (*run)(const Context&) = run_in_stage;
  Result<int> (*work)(Database&) = nullptr;  ///< what `run_in_stage` does in a child of PID 1
};

constexpr Entry table[] = {
    {.name = CommandName::run, .run = run_pipeline},
    {.name = CommandName::scaffold, .run = run_new},
    {.name = CommandName::healthcheck, .run = run_healthcheck},
    {.name = CommandName::migrate, .work = run_migrate},
    {.name = CommandName::wait, .work = run_wait},
    {.name = CommandName::status, .work = run_status},
    {.name = CommandName::check, .work = run_check},
    {.name = CommandName::down, .work = run_down},
    {.name = CommandName::baseline, .work = run_baseline},
    {.name = CommandName::accept, .work = run_accept},
};

const Entry& entry_of(CommandName name) {
  return *std::ranges::find(table, name, &Entry::name);
}

int work_stage(const Context& context, const Command&) {
  auto table_name = history_table(context.settings);
  if (!table_name) return context.leave_with(table_name.error());
  StopToken stop(context.settings.serving.stop_signals);
  Database database(context, stop, *std::move(table_name));
  const auto status = entry_of(context.settings.command).work(database);
  return status ? *status : context.leave_with(status.error());
}

int run_in_stage(const Context& context) {
  const int status = supervise_stage(context, work_stage);
  const CommandName command = context.settings.command;
  const bool starts = command == CommandName::migrate || command == CommandName::wait;
  return starts ? leave_metrics(context, status) : status;
}

}  // namespace

RunCommand find_command(CommandName name) {
  return entry_of(name).run;
}

}  // namespace pge
