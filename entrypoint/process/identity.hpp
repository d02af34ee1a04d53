#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "process/accounts.hpp"
#include "process/exec_step.hpp"

namespace pge {

/// Whom the application or the migrator runs as.
struct Identity {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;      ///< supplementary
  std::string home = "/";         ///< "/" when /etc/passwd does not know the user
  bool keeps_group = false;       ///< a number without an entry and without a group: `gid` is this process's own
  std::string option = "--user";  ///< what asked for it, for messages
};

/// `name|uid[:group|gid]` by the rules of gosu(1) and `docker run --user`: names and numbers are looked up in
/// the files only (no NSS); a number needs no entry. Without a group: the user's own one and its
/// supplementary groups of the group file; an unknown uid keeps our current gid. With a group: that one
/// alone. Errors: configuration.
Result<Identity> resolve_identity(std::string_view spec, const AccountFiles& files = {},
                                  std::string_view option = "--user");

/// True when this process runs as `identity` already, in user and group (root may still have other groups to
/// drop).
bool is_current(const Identity& identity) noexcept;

/// Whether we can become `identity` at all: root can, anyone else only when nothing changes. Errors:
/// configuration.
Result<> check_identity(const Identity& identity);

/// Why `assume_identity` failed at `step`, with errno `error`, and what to change. It is `configuration`.
Error explain_identity_failure(const Identity& identity, ExecStep step, int error);

/// In a child before execve: setgroups, setgid, setuid, and a look that they did it. Returns the step that
/// failed (errno is set). Async-signal-safe. Not root: does nothing (see `check_identity`).
ExecStep assume_identity(const Identity& identity) noexcept;

}  // namespace pge
