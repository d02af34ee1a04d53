#pragma once

#include "core/error.hpp"
#include "process/command.hpp"
#include "process/signals.hpp"

namespace pge {

/// Becomes the command (`--exec`): same pid, inherited mask and dispositions, own descriptors gone by O_CLOEXEC.
/// Returns only on failure. The caller can then only report it and exit, because signals are delivered again and
/// privileges may be gone. A stop signal that is queued already ends it before anything is done (the error carries it):
/// as init of a PID namespace the program would never see it. Errors as in `spawn`.
Error replace_process(const Command& command, const SignalState& inherited, const StopSignals& stops = {});

}  // namespace pge
