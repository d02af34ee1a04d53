#include "core/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <utility>

#include "core/descriptor.hpp"

namespace pge {
namespace {

std::unexpected<std::error_code> system_error() {
  return std::unexpected(std::error_code(errno, std::generic_category()));
}

bool write_all(int descriptor, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t written = write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

std::expected<void, std::error_code> read_all(int descriptor, std::string& text, std::size_t expected) {
  constexpr std::size_t usual = std::size_t{64} << 10U;
  // One byte more than there should be: that it is not there is the end of a regular file.
  for (std::size_t room = expected > 0 ? expected + 1 : usual;; room = usual) {
    ssize_t got = 0;
    const std::size_t before = text.size();
    text.resize_and_overwrite(before + room, [&](char* buffer, std::size_t) {
      do got = read(descriptor, buffer + before, room);
      while (got < 0 && errno == EINTR);
      return before + static_cast<std::size_t>(std::max<ssize_t>(got, 0));
    });
    if (got < 0) return system_error();
    if (got == 0 || (expected > 0 && static_cast<std::size_t>(got) == expected && before == 0)) return {};
  }
}

std::expected<std::string, std::error_code> read_regular_file(const std::string& path) {
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) return system_error();
  if (S_ISREG(status.st_mode)) return read_file(path);
  errno = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
  return system_error();
}

std::expected<std::string, std::error_code> read_file(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat about{};
  if (file.get() < 0 || fstat(file.get(), &about) != 0) return system_error();
  std::string text;
  return read_all(file.get(), text, static_cast<std::size_t>(about.st_size)).transform([&] { return std::move(text); });
}

std::expected<void, std::error_code> replace_file(const std::string& path, std::string_view text) {
  constexpr mode_t readable = S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH;
  std::string temporary = path + ".XXXXXX";  // beside it, because rename(2) does not leave a file system
  Descriptor file(mkostemp(temporary.data(), O_CLOEXEC));
  if (file.get() < 0) return system_error();
  const bool written = fchmod(file.get(), readable) == 0 && write_all(file.get(), text);
  // A disk that is full may say so only now.
  if (written && close(file.release()) == 0 && rename(temporary.c_str(), path.c_str()) == 0) return {};
  const auto error = system_error();
  unlink(temporary.c_str());
  return error;
}

}  // namespace pge
