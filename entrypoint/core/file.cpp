#include "core/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>

#include "core/descriptor.hpp"

namespace pge {
namespace {

std::unexpected<std::error_code> system_error() {
  return std::unexpected(std::error_code(errno, std::generic_category()));
}

}  // namespace

std::expected<void, std::error_code> read_all(int descriptor, std::string& text) {
  std::array<char, std::size_t{64} << 10U> block{};
  for (;;) {
    const ssize_t got = read(descriptor, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error();
    if (got == 0) return {};
    text.append(block.data(), static_cast<std::size_t>(got));
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
  if (file.get() < 0) return system_error();
  std::string text;
  return read_all(file.get(), text).transform([&] { return std::move(text); });
}

}  // namespace pge
