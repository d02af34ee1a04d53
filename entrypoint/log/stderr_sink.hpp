#pragma once

#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/patience.hpp"

namespace pge {

/// Log lines that nobody has read.
struct DroppedLines {
  std::uint32_t count = 0;
  std::uint32_t warnings = 0;  ///< of them, warnings and errors
};

/// stderr, written whole lines at a time. It waits a little for a reader that is slow, and a bounded time in all; what
/// a full pipe does not take then is dropped and counted, together with what the stages of this process drop.
class StderrSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  StderrSink() noexcept;

  /// What was dropped and not taken yet; nothing as long as the pipe is full, because it could not be said.
  DroppedLines take_dropped() noexcept;

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override {}

 private:
  struct Page {
    std::atomic<std::uint32_t> count{0};
    std::atomic<std::uint32_t> warnings{0};
  };

  std::size_t write_all(std::string_view text) noexcept;
  bool takes_a_line() noexcept;

  Page own_;
  Page* page_ = &own_;  ///< shared with the stages that are forked
  std::chrono::milliseconds left_ = patience::log_readers;
  bool stalled_ = false;
  bool torn_ = false;
};

}  // namespace pge
