#pragma once

#include <string>
#include <vector>

#include "config/settings.hpp"
#include "log/log.hpp"
#include "process/signals.hpp"
#include "run/preparation.hpp"
#include "run/upgrade.hpp"

namespace pge {

/// wait → session → pending? → lock → pending still? → carry out → unlock. No upgrade: only wait.
Result<> prepare(Preparation& preparation, Upgrade* upgrade);

/// Run `stage` as a child of PID 1, so that a crash, an out-of-memory kill or a hung socket in it is just a child that
/// ended. Returns the exit status; a stop signal that came meanwhile wins over success.
int supervise_stage(const std::function<int()>& stage, const Settings& settings, Log& log);

/// `run`: chown → prepare → serve. Returns the exit status of the process.
/// The database's URL is wiped from `settings` before the application starts.
int run_pipeline(Settings& settings, const std::vector<std::string>& environment, const SignalState& inherited,
                 Log& log);

}  // namespace pge
