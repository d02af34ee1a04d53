#include "process/identity.hpp"

#include <grp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <format>
#include <system_error>

#include "core/file.hpp"

namespace pge {
namespace {

std::unexpected<Error> unknown(std::string_view option, std::string_view what, std::string_view name,
                               const std::string& file) {
  return fail(ExitCode::configuration, std::format("{}: {} \"{}\" is not in {}", option, what, name, file),
              std::format("write a number (for example 1000:1000), or add the {} to the image", what));
}

bool runs_as(uid_t uid, gid_t gid) noexcept {
  uid_t real_uid = 0, effective_uid = 0, saved_uid = 0;
  gid_t real_gid = 0, effective_gid = 0, saved_gid = 0;
  return getresuid(&real_uid, &effective_uid, &saved_uid) == 0 &&
         getresgid(&real_gid, &effective_gid, &saved_gid) == 0 && real_uid == uid && effective_uid == uid &&
         saved_uid == uid && real_gid == gid && effective_gid == gid && saved_gid == gid;
}

}  // namespace

Result<Identity> resolve_identity(std::string_view spec, const AccountFiles& files, std::string_view option) {
  const std::size_t colon = spec.find(':');
  const std::string_view user = spec.substr(0, colon);
  const std::string_view group = colon == std::string_view::npos ? std::string_view{} : spec.substr(colon + 1);
  if (user.empty() || (colon != std::string_view::npos && group.empty()) || group.contains(':')) {
    return fail(ExitCode::configuration, std::format("{}: \"{}\" is not a user", option, spec),
                "write name, uid, name:group or uid:gid");
  }
  Identity identity;
  if (const auto account = find_account(files, user)) {
    identity = {.uid = account->uid, .gid = account->gid, .groups = {}, .home = account->home};
    if (identity.home.empty()) identity.home = "/";
    if (group.empty()) identity.groups = groups_of(files, account->name);
  } else if (const auto uid = parse_id(user)) {
    identity = {.uid = *uid, .gid = getgid(), .groups = {}, .home = "/", .keeps_group = group.empty()};
  } else {
    return unknown(option, "user", user, files.passwd);
  }
  if (!group.empty()) {
    if (const auto gid = find_group(files, group)) {
      identity.gid = *gid;
    } else if (const auto number = parse_id(group)) {
      identity.gid = *number;
    } else {
      return unknown(option, "group", group, files.group);
    }
  }
  identity.option = option;
  return identity;
}

bool is_current(const Identity& identity) noexcept {
  return runs_as(identity.uid, identity.gid);
}

Result<> check_identity(const Identity& identity) {
  if (geteuid() == 0 || is_current(identity)) return {};
  return fail(ExitCode::configuration,
              std::format("{}: cannot become {}:{}, because this process runs as {}:{} and not as root",
                          identity.option, identity.uid, identity.gid, geteuid(), getegid()),
              std::format("leave out {}, or start the container as root (USER root, runAsUser: 0)", identity.option));
}

Error explain_identity_failure(const Identity& identity, ExecStep step, int error) {
  Error failure{.code = ExitCode::configuration,
                .message = std::format("{}: cannot become {}:{}: {}: {}", identity.option, identity.uid, identity.gid,
                                       name_of(step), std::generic_category().message(error)),
                .hint = std::format("give the container CAP_SETUID and CAP_SETGID, or start it as that user (USER, "
                                    "runAsUser) without {}",
                                    identity.option)};
  // user_namespaces(7): an ID that is not mapped is invalid, and setgroups can be forbidden.
  if (error == EINVAL) {
    failure.hint =
        "the user namespace of this container does not map that user or one of its groups (/proc/self/uid_map, "
        "/proc/self/gid_map): choose another one, or map more IDs";
  } else if (step == ExecStep::setgroups && read_file("/proc/self/setgroups").value_or("").starts_with("deny")) {
    failure.hint =
        "the user namespace of this container forbids setgroups: start it as that user without " + identity.option;
  }
  return failure;
}

ExecStep assume_identity(const Identity& identity) noexcept {
  if (geteuid() != 0) return ExecStep::none;
  // Nothing changes. So a container without CAP_SETGID may still name the user that it already runs as.
  if (is_current(identity)) {
    constexpr std::size_t most = 65536 / sizeof(gid_t);
    std::array<gid_t, most> have{};
    const int count = getgroups(static_cast<int>(have.size()), have.data());
    if (count >= 0 && std::equal(have.begin(), have.begin() + count, identity.groups.begin(), identity.groups.end())) {
      return ExecStep::none;
    }
  }
  if (setgroups(identity.groups.size(), identity.groups.data()) != 0) return ExecStep::setgroups;
  if (setgid(identity.gid) != 0) return ExecStep::setgid;
  if (setuid(identity.uid) != 0) return ExecStep::setuid;
  if (!runs_as(identity.uid, identity.gid) || (identity.uid != 0 && setuid(0) == 0)) {
    errno = EPERM;
    return ExecStep::verify;
  }
  return ExecStep::none;
}

}  // namespace pge
