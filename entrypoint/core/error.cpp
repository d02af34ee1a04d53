#include "core/error.hpp"

#include <csignal>
#include <cstring>
#include <format>

namespace pge {

std::string Location::to_string() const {
  if (file.empty() || line == 0) return file;
  if (column == 0) return std::format("{}:{}", file, line);
  return std::format("{}:{}:{}", file, line, column);
}

int Error::exit_status() const noexcept {
  return next.is_plain_stop() ? signal_exit_status(next.stop_signal()) : static_cast<int>(code);
}

std::string excerpt(std::string_view text) {
  constexpr std::size_t longest = std::size_t{16} << 10U;
  if (text.size() <= longest) return std::string(text);
  const std::size_t blank = text.find_last_of(" \t\n", longest);
  if (blank != std::string_view::npos) return std::string(text.substr(0, blank + 1));
  text = text.substr(0, longest);
  const std::size_t url = text.rfind("://");
  if (url != std::string_view::npos && text.find('@', url) == std::string_view::npos) text = text.substr(0, url);
  return std::string(text);
}

Error stopped_by(int number) {
  const char* name = sigabbrev_np(number);
  return Error{
      .code = ExitCode::gave_way,
      .message = name == nullptr ? std::format("stopped by signal {}", number) : std::format("stopped by SIG{}", name),
      .next = Next::stopped(number)};
}

}  // namespace pge
