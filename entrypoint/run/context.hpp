#pragma once

#include <string>

#include "config/settings.hpp"
#include "core/environment_list.hpp"
#include "log/log.hpp"
#include "process/lifeline.hpp"
#include "process/signals.hpp"
#include "run/stage_report.hpp"

namespace pge {

/// What `main` hands to every command. It lives as long as the process.
struct Context {
  Settings& settings;
  Log& log;
  StageReport& report;
  EnvironmentList& environment;  ///< ours as files complete it, without the owner's secrets; empty while serving
  const SignalState& inherited;  ///< mask and dispositions as we were started
  Lifeline* lifeline = nullptr;  ///< to PID 1, in a stage

  /// Report the error that ends the process or the stage. Returns its exit status.
  int leave_with(const Error& error) const {
    log.report(error);
    report.end_was_told();
    return error.exit_status();
  }
};

}  // namespace pge
