#include "log/stderr_sink.hpp"

#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <new>
#include <string>

namespace pge {
namespace {

bool is_writable(std::chrono::milliseconds within) noexcept {
  pollfd out{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  return poll(&out, 1, static_cast<int>(within.count())) > 0;
}

}  // namespace

/// Without a formatter: a line comes complete, and a pattern's parts would lie all over the heap of process 1.
StderrSink::StderrSink() noexcept : base_sink(nullptr) {
  void* const shared = mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared != MAP_FAILED) page_ = new (shared) Page;
}

DroppedLines StderrSink::take_dropped() noexcept {
  if (page_->count == 0 || !is_writable(std::chrono::milliseconds(0))) return {};
  return {.count = page_->count.exchange(0), .warnings = page_->warnings.exchange(0)};
}

void StderrSink::sink_it_(const spdlog::details::log_msg& message) {
  std::string text(torn_ ? "\n" : "");
  text.append(message.payload.data(), message.payload.size());
  text += '\n';
  const std::size_t done = write_all(text);
  // After a torn line, the next one starts on its own line. It can be seen that its end is missing.
  if (done > 0) torn_ = done < text.size();
  if (done > 0) return;
  ++page_->count;
  if (message.level >= spdlog::level::warn) ++page_->warnings;
}

/// How much of it could be written.
std::size_t StderrSink::write_all(std::string_view text) noexcept {
  std::size_t done = 0;
  while (done < text.size()) {
    // A pipe polls writable when PIPE_BUF bytes fit.
    if (!takes_a_line()) return done;
    const std::size_t piece = std::min<std::size_t>(text.size() - done, PIPE_BUF);
    const ssize_t written = write(STDERR_FILENO, text.data() + done, piece);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return done;
    done += static_cast<std::size_t>(written);
  }
  return done;
}

/// Once nobody has read, later lines do not wait until somebody does.
bool StderrSink::takes_a_line() noexcept {
  using std::chrono::steady_clock;
  const auto before = steady_clock::now();
  const auto limit = stalled_ ? std::chrono::milliseconds(0) : std::min(patience::log_reader, left_);
  stalled_ = !is_writable(limit);
  left_ -= std::min(left_, std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - before));
  return !stalled_;
}

}  // namespace pge
