#pragma once

#include <initializer_list>
#include <vector>

namespace pge {

/// The local ports of the TCP connections that are open in our network namespace, which in a container are those of the
/// container's processes (proc_pid_net(5), tcp). `tables`: in the kernel's format; what cannot be read counts as empty.
std::vector<int> local_ports(std::initializer_list<const char*> tables = {"/proc/self/net/tcp", "/proc/self/net/tcp6"});

}  // namespace pge
