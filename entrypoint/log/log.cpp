#include "log/log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <spdlog/logger.h>
#include <climits>
#include <cstddef>
#include <string>
#include <string_view>

#include "core/descriptor.hpp"
#include "core/utf8.hpp"
#include "log/line.hpp"
#include "log/stderr_sink.hpp"

namespace pge {
namespace {

/// What Kubernetes shows as the reason a container ended (terminationMessagePath) is at most 4096 bytes long.
constexpr std::size_t termination_limit = 4096;

/// A pipe takes a write of up to PIPE_BUF bytes as a whole or not at all (pipe(7)). So a line of this length is never
/// torn, and never mixed with what the application writes to the same pipe. The rest is for time and level.
constexpr std::size_t longest_line = PIPE_BUF - 64;

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

/// Renders an event; while it is too long, its longest text is cut.
template <typename Render>
std::string fitting(std::size_t longest, std::string& message, std::vector<Field>& fields, const Render& render) {
  std::string line = render();
  while (line.size() > longest && shorten(message, fields)) line = render();
  return line;
}

/// Where there is no such file, nobody wants it. A pipe that nobody reads must not hold us up.
void leave_termination_message(const std::string& path, const std::string& text) {
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_TRUNC));
  if (file.get() < 0) return;
  const std::string_view fitting = utf8_prefix(text, termination_limit);
  [[maybe_unused]] const ssize_t written = ::write(file.get(), fitting.data(), fitting.size());
}

}  // namespace

Log::Log(const ReportingSettings& settings)
    : format_(settings.format),
      terminal_(isatty(STDERR_FILENO) == 1),
      full_detail_(settings.error_detail == ErrorDetail::full ||
                   (settings.error_detail == ErrorDetail::automatic && terminal_)),
      termination_log_(settings.termination_log),
      trace_id_(settings.trace_id) {
  sink_ = std::make_shared<StderrSink>();
  logger_ = std::make_shared<spdlog::logger>("", sink_);
  logger_->set_level(settings.debug   ? spdlog::level::debug
                     : settings.quiet ? spdlog::level::warn
                                      : spdlog::level::info);
}

/// Masking takes long on a long text, and what is not shown in the end need not be masked.
std::string Log::beginning(std::string_view text) const {
  return full_detail_ ? std::string(text) : excerpt(text);
}

std::string Log::shown(const Field& field) const {
  if (const auto* number = std::get_if<std::int64_t>(&field.value)) return std::to_string(*number);
  if (const auto* text = std::get_if<std::string>(&field.value)) return redactor_(beginning(*text));
  // Masked before it is cut, because half a URL is not recognised as one.
  const auto& [text, longest] = std::get<Sql>(field.value);
  return capped(redactor_.statement(beginning(text)), longest);
}

std::vector<Field> Log::shown(const std::vector<Field>& fields) const {
  std::vector<Field> texts = fields;
  for (Field& field : texts) {
    if (!std::holds_alternative<std::int64_t>(field.value)) field.value = shown(field);
  }
  return texts;
}

void Log::event(Level level, std::string_view message, const std::vector<Field>& fields) {
  if (!logger_->should_log(spdlog_level(level))) return;
  if (const DroppedLines dropped = sink_->take_dropped(); dropped.count > 0) {
    write(Level::warning, "log lines were dropped, because nobody read them",
          {{"count", dropped.count}, {"warnings", dropped.warnings}});
  }
  write(level, message, fields);
}

void Log::write(Level level, std::string_view message, const std::vector<Field>& fields) {
  std::vector<Field> masked = shown(fields);
  if (!trace_id_.empty()) masked.emplace_back("trace_id", trace_id_);
  std::string safe = redactor_(beginning(message));
  const auto now = std::chrono::system_clock::now();
  const auto render = [&] {
    return format_ == LogFormat::json ? json_line(now, level, safe, masked) : text_line(safe, masked);
  };
  std::string line = full_detail_ ? render() : fitting(longest_line, safe, masked, render);
  if (format_ != LogFormat::json) line.insert(0, line_head(now, level, terminal_));
  logger_->log(spdlog_level(level), spdlog::string_view_t(line));
}

void Log::report(const Error& error) {
  const std::string message = error_message(error, full_detail_);
  const std::vector<Field> fields = error_fields(error, full_detail_);
  if (!full_detail_ && error.server && !error.server->detail.empty()) {
    event(Level::info, "the server sent more detail of the next error; --error-detail=full shows it, and may log data",
          {});
  }
  event(Level::error, message, fields);
  if (withheld_if_ != nullptr && withheld_if_()) return;
  std::string safe = redactor_(error_message(error, false));
  std::vector<Field> masked = shown(error_fields(error, false));
  const std::string line = fitting(termination_limit - 1, safe, masked, [&] { return text_line(safe, masked); });
  leave_termination_message(termination_log_, line + "\n");
}

}  // namespace pge
