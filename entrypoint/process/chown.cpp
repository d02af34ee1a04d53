#include "process/chown.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <format>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "core/descriptor.hpp"

namespace pge {
namespace {

constexpr int directory_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;

/// Walks depth first with one open directory. It goes back up through ".." and makes sure that this is the directory it
/// came from, because directories may be renamed during the walk.
class Walk {
 public:
  Walk(uid_t uid, gid_t gid) : uid_(uid), gid_(gid) {}

  Result<> run(const std::string& directory) {
    path_ = directory;
    here_ = Descriptor(open(directory.c_str(), directory_flags));
    if (here_.get() < 0) return problem(errno);
    struct stat root{};
    struct stat top{};
    if (fstat(here_.get(), &top) != 0) return problem(errno);
    if (stat("/", &root) == 0 && root.st_dev == top.st_dev && root.st_ino == top.st_ino) {
      return fail(ExitCode::configuration, "--chown: refused to change the owner of /",
                  "name the directory whose owner is to change");
    }
    if (auto entered = enter(); !entered) return entered;
    while (!levels_.empty()) {
      auto step = levels_.back().subdirectories.empty() ? leave() : descend();
      if (!step) return step;
    }
    return {};
  }

 private:
  struct Level {
    dev_t device;
    ino_t inode;
    std::size_t path_length;                  ///< of the directory's own path
    std::vector<std::string> subdirectories;  ///< still to be visited
  };

  std::unexpected<Error> problem(int error, std::string_view name = {}) const {
    const std::string where = name.empty() ? path_ : std::format("{}/{}", path_, name);
    std::string hint;
    if (error == EPERM) hint = "start the container as root with CAP_CHOWN, or leave out --chown (Kubernetes: fsGroup)";
    if (error == ENOTDIR || error == ELOOP) hint = "name a directory; for a symbolic link, name its target";
    if (error == EROFS) hint = "it is mounted read-only";
    if (error == ENOENT) hint = "create it in the image, or mount it; or leave out --chown";
    return fail(ExitCode::configuration, std::format("--chown: {}: {}", where, std::generic_category().message(error)),
                std::move(hint));
  }

  bool is_given(const struct stat& status) const noexcept { return status.st_uid == uid_ && status.st_gid == gid_; }

  /// `here_` is a directory not seen yet: change its owner, and that of everything in it that is no
  /// directory.
  Result<> enter() {
    struct stat status{};
    if (fstat(here_.get(), &status) != 0) return problem(errno);
    if (!is_given(status) && fchown(here_.get(), uid_, gid_) != 0) return problem(errno);
    levels_.push_back(
        {.device = status.st_dev, .inode = status.st_ino, .path_length = path_.size(), .subdirectories = {}});
    const int listed = openat(here_.get(), ".", directory_flags);
    if (listed < 0) return problem(errno);
    const std::unique_ptr<DIR, int (*)(DIR*)> entries(fdopendir(listed), closedir);
    if (!entries) {
      const int error = errno;
      close(listed);
      return problem(error);
    }
    for (errno = 0; const dirent* entry = readdir(entries.get()); errno = 0) {
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      if (auto given = give(entry->d_name); !given) return given;
    }
    return errno == 0 ? Result<>{} : problem(errno);
  }

  Result<> give(const char* name) {
    struct stat status{};
    if (fstatat(here_.get(), name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
      return errno == ENOENT ? Result<>{} : problem(errno, name);
    }
    if (S_ISDIR(status.st_mode)) {
      levels_.back().subdirectories.emplace_back(name);
    } else if (!is_given(status) && fchownat(here_.get(), name, uid_, gid_, AT_SYMLINK_NOFOLLOW) != 0 &&
               errno != ENOENT) {
      return problem(errno, name);
    }
    return {};
  }

  Result<> descend() {
    const std::string name = std::move(levels_.back().subdirectories.back());
    levels_.back().subdirectories.pop_back();
    Descriptor below(openat(here_.get(), name.c_str(), directory_flags));
    if (below.get() < 0) return errno == ENOENT ? Result<>{} : problem(errno, name);
    here_ = std::move(below);
    path_ += '/';
    path_ += name;
    return enter();
  }

  Result<> leave() {
    levels_.pop_back();
    if (levels_.empty()) return {};
    const Level& above = levels_.back();
    Descriptor parent(openat(here_.get(), "..", directory_flags));
    struct stat status{};
    if (parent.get() < 0 || fstat(parent.get(), &status) != 0) return problem(errno);
    if (status.st_dev != above.device || status.st_ino != above.inode) {
      return fail(ExitCode::configuration, std::format("--chown: {} was moved while its owner was changed", path_),
                  "make sure that nothing else changes the directory at that time");
    }
    here_ = std::move(parent);
    path_.resize(above.path_length);
    return {};
  }

  uid_t uid_;
  gid_t gid_;
  Descriptor here_{-1};
  std::string path_;
  std::vector<Level> levels_;
};

}  // namespace

Result<> chown_tree(const std::string& directory, uid_t uid, gid_t gid) {
  return Walk(uid, gid).run(directory);
}

}  // namespace pge
