#pragma once

#include <sys/types.h>

#include <string>

#include "core/error.hpp"

namespace pge {

/// Gives `directory` and all below it to `uid`:`gid`, other file systems mounted below included, as `chown -R` does.
/// Never through a symbolic link: a link itself changes its owner, what it points to does not, and `directory` must not
/// be one. Files that already have that owner are not touched. "/" is refused. Uses three descriptors at any depth.
/// Errors: configuration, naming the path and errno.
Result<> chown_tree(const std::string& directory, uid_t uid, gid_t gid);

}  // namespace pge
