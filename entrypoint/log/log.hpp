#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "core/error.hpp"
#include "core/events.hpp"
#include "core/redact.hpp"

namespace spdlog {
class logger;  // NOLINT(readability-identifier-naming)
}

namespace pge {

class StderrSink;

/// The log: one line an event on stderr, as text (its level in bold on a terminal) or JSON. Secrets are masked here, at
/// the one place through which everything goes out. A line is at most PIPE_BUF long, unless full detail is asked for:
/// texts are cut. It never blocks: what a full pipe does not take is dropped, because PID 1 must keep forwarding
/// signals while nobody reads its log. How much that was is logged when somebody reads again.
class Log final : public Events {
 public:
  explicit Log(const ReportingSettings& settings);

  void event(Level level, std::string_view message, const std::vector<Field>& fields) override;
  std::string shown(const Field& field) const override;

  /// Report the error that ends us; the cause is the last line of the log. Also left in Kubernetes' termination
  /// message when that file exists, unless `withhold_message_if` says otherwise.
  void report(const Error& error);

  /// Leave no termination message if this is true, which is asked when there is one to leave: it belongs to the process
  /// whose end is the container's.
  void withhold_message_if(bool (*condition)() noexcept) noexcept { withheld_if_ = condition; }

  /// Secrets to mask from now on.
  Redactor& redactor() noexcept { return redactor_; }

 private:
  void write(Level level, std::string_view message, const std::vector<Field>& fields);
  std::string beginning(std::string_view text) const;
  std::vector<Field> shown(const std::vector<Field>& fields) const;

  std::shared_ptr<StderrSink> sink_;
  std::shared_ptr<spdlog::logger> logger_;
  Redactor redactor_;
  LogFormat format_;
  bool terminal_;
  bool full_detail_;
  std::string termination_log_;
  std::string trace_id_;
  bool (*withheld_if_)() noexcept = nullptr;
};

}  // namespace pge
