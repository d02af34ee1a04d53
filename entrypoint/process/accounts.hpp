#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pge {

/// Where accounts are looked up. Either file may be missing, as in an image made from scratch.
struct AccountFiles {
  std::string passwd = "/etc/passwd";
  std::string group = "/etc/group";
};

struct Account {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
  std::string home;
};

/// A number that can be a uid or gid: digits only, below 2^32 - 1 (which means "unchanged" to the kernel).
std::optional<unsigned> parse_id(std::string_view text) noexcept;

/// The first entry of that name or, for a number, that uid. passwd(5), by fgetpwent(3): a static program that
/// asks NSS would load the image's modules.
std::optional<Account> find_account(const AccountFiles& files, std::string_view name_or_uid);

/// The gid of the first group of that name or number. group(5).
std::optional<gid_t> find_group(const AccountFiles& files, std::string_view name_or_gid);

/// The groups that list `user` as a member.
std::vector<gid_t> groups_of(const AccountFiles& files, std::string_view user);

}  // namespace pge
