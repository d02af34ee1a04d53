#include "core/print.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <format>

namespace pge {

Result<> print(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(STDOUT_FILENO, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE) {
      return {};
    } else if (errno != EINTR) {
      return fail(ExitCode::internal, std::format("standard output cannot be written: {}", std::strerror(errno)),
                  "check where it is redirected to: is the disk full?");
    }
  }
  return {};
}

}  // namespace pge
