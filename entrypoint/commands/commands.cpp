#include "commands/commands.hpp"

#include "commands/change_commands.hpp"
#include "commands/look_commands.hpp"
#include "core/print.hpp"
#include "process/healthcheck.hpp"
#include "run/pipeline.hpp"
#include "run/prepare_report.hpp"

namespace pge {
namespace {

Result<> migrate(Preparation& preparation, const ChildSetting& child) {
  auto upgrade = preparation.reading([&] { return open_upgrade(preparation.settings(), preparation.log(), child); });
  if (!upgrade) return std::unexpected(upgrade.error());
  return prepare(preparation, upgrade->get());
}

Result<> with_files(Preparation& preparation, Result<> (*work)(Preparation&, SqlUpgrade&)) {
  const Settings& settings = preparation.settings();
  Log& log = preparation.log();
  auto upgrade = preparation.reading([&]() -> Result<SqlUpgrade> {
    auto opened = SqlUpgrade::open(settings, log);
    // A baseline may be recorded where the files are not.
    const bool may_lack = settings.command == CommandName::baseline && settings.directory.empty();
    if (!opened && may_lack && opened.error().code == ExitCode::no_input) return SqlUpgrade(settings, log);
    return opened;
  });
  if (!upgrade) return std::unexpected(upgrade.error());
  return work(preparation, *upgrade);
}

Result<> dispatch(Preparation& preparation, const ChildSetting& child, int& exit_status) {
  switch (preparation.settings().command) {
    case CommandName::migrate:
      return migrate(preparation, child);
    case CommandName::wait:
      return wait(preparation);
    case CommandName::status:
      return status(preparation, child);
    case CommandName::check:
      return check(preparation, child, exit_status);
    case CommandName::down:
      return with_files(preparation, down);
    case CommandName::baseline:
      return with_files(preparation, baseline);
    case CommandName::accept:
      return with_files(preparation, accept);
    case CommandName::run:
    case CommandName::scaffold:
    case CommandName::healthcheck:
      break;
  }
  return fail(ExitCode::internal, "a command without a stage");
}

}  // namespace

int run_command(const Settings& settings, const ChildSetting& child, Log& log) {
  StopToken stop;
  int exit_status = 0;
  auto preparation = Preparation::open(settings, log, stop);
  auto done = preparation ? dispatch(*preparation, child, exit_status) : Result<>(std::unexpected(preparation.error()));
  if (done) return exit_status;
  log.report(done.error());
  PrepareReport::shared().end_told = true;
  return done.error().exit_status();
}

int run_healthcheck() {
  const auto state = entrypoint_state();
  // The exit code is the answer, also where the word cannot be written.
  [[maybe_unused]] const auto printed = print((state ? *state : state.error().message) + "\n");
  return state && *state == "serving" ? 0 : 1;
}

}  // namespace pge
