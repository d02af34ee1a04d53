#pragma once

#include <string>

#include "run/context.hpp"

namespace pge {

/// What a start has done until it ended with `status`, in Prometheus' text format. `source` becomes a label of each
/// series: node-exporter reads many files, and refuses a series that two of them have.
std::string metrics_text(const Context& context, int status, const std::string& source);

/// With --metrics-file: replace that file by what this start has done. A child writes it, which a file system that does
/// not answer cannot keep for longer than `patience::metrics_file`; and whatever keeps it from being written is only a
/// warning, and not even that after a failure. Returns the status to leave with: `status`, or that of a stop that came
/// meanwhile.
int leave_metrics(const Context& context, int status);

}  // namespace pge
