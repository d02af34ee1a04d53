#include "postgres/libpq_warnings.hpp"

#include <cstdlib>
#include <ranges>
#include <utility>

namespace pge {

// glibc documents that stderr is a variable that may be set (GNU C Library manual, "Standard Streams").
LibpqWarnings::Capture::Capture(LibpqWarnings& warnings) noexcept : warnings_(warnings), before_(stderr) {
  if (std::FILE* memory = open_memstream(&text_, &size_); memory != nullptr) stderr = memory;
}

LibpqWarnings::Capture::~Capture() {
  if (stderr == before_) return;  // there was no memory for it
  std::fclose(std::exchange(stderr, before_));
  warnings_.keep({text_, size_});
  std::free(text_);  // NOLINT(cppcoreguidelines-no-malloc): open_memstream's
}

void LibpqWarnings::keep(std::string_view text) {
  captured_ = text;
  constexpr std::string_view password_file = "password file \"";
  passfile_.clear();
  const std::size_t start = text.find(password_file);
  if (start == std::string_view::npos) return;
  const std::string_view name = text.substr(start + password_file.size());
  passfile_ = name.substr(0, name.find("\" "));
}

void LibpqWarnings::tell(Events& events) {
  constexpr std::string_view prefix = "WARNING: ";
  const std::string captured = std::exchange(captured_, {});
  for (const auto part : captured | std::views::split('\n')) {
    std::string_view line(part);
    if (line.starts_with(prefix)) line.remove_prefix(prefix.size());
    if (line.empty() || !told_.emplace(line).second) continue;
    events.warning("libpq: " + std::string(line));
  }
}

}  // namespace pge
