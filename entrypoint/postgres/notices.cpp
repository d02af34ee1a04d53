#include "postgres/notices.hpp"

#include <libpq-fe.h>

#include <string>
#include <string_view>

#include "core/events.hpp"

namespace pge {

void report_notice(void* events, const PGresult* result) {
  const char* severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  if (severity == nullptr || message == nullptr) return;
  const std::string_view kind = severity;
  const Level level = kind == "WARNING"                  ? Level::warning
                      : kind == "DEBUG" || kind == "LOG" ? Level::debug
                                                         : Level::info;
  static_cast<Events*>(events)->event(level, "server: " + std::string(message), {});
}

}  // namespace pge
