#include "process/accounts.hpp"

#include <grp.h>
#include <pwd.h>

#include <charconv>
#include <cstdio>
#include <limits>
#include <memory>

namespace pge {
namespace {

struct CloseFile {
  void operator()(FILE* file) const noexcept { static_cast<void>(fclose(file)); }
};
using File = std::unique_ptr<FILE, CloseFile>;

File open_file(const std::string& path) {
  return File(fopen(path.c_str(), "re"));
}

}  // namespace

std::optional<unsigned> parse_id(std::string_view text) noexcept {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (value == std::numeric_limits<unsigned>::max()) return std::nullopt;
  return value;
}

std::optional<Account> find_account(const AccountFiles& files, std::string_view name_or_uid) {
  const std::optional<unsigned> uid = parse_id(name_or_uid);
  const File file = open_file(files.passwd);
  if (!file) return std::nullopt;
  while (const passwd* entry = fgetpwent(file.get())) {
    if (name_or_uid == entry->pw_name || uid == entry->pw_uid) {
      return Account{.name = entry->pw_name, .uid = entry->pw_uid, .gid = entry->pw_gid, .home = entry->pw_dir};
    }
  }
  return std::nullopt;
}

std::optional<gid_t> find_group(const AccountFiles& files, std::string_view name_or_gid) {
  const std::optional<unsigned> gid = parse_id(name_or_gid);
  const File file = open_file(files.group);
  if (!file) return std::nullopt;
  while (const group* entry = fgetgrent(file.get())) {
    if (name_or_gid == entry->gr_name || gid == entry->gr_gid) return entry->gr_gid;
  }
  return std::nullopt;
}

std::vector<gid_t> groups_of(const AccountFiles& files, std::string_view user) {
  std::vector<gid_t> groups;
  const File file = open_file(files.group);
  if (!file) return groups;
  while (const group* entry = fgetgrent(file.get())) {
    for (char** member = entry->gr_mem; *member != nullptr; ++member) {
      if (user == *member) {
        groups.push_back(entry->gr_gid);
        break;
      }
    }
  }
  return groups;
}

}  // namespace pge
