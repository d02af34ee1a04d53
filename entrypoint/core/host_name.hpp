#pragma once

#include <string>

namespace pge {

/// The name of this host: in a container the container's id, in a pod the pod's name.
std::string host_name();

}  // namespace pge
