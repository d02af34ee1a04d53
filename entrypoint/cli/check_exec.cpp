#include "cli/check_exec.hpp"

#include <format>
#include <utility>

namespace pge {

Result<> check_exec(const ServingSettings& settings, const char* hint) {
  if (!settings.exec) return {};
  const std::pair<bool, const char*> supervised[] = {{!settings.signals.empty(), "--signal"},
                                                     {settings.group, "--group"},
                                                     {settings.term_delay.count() > 0, "--term-delay"},
                                                     {settings.grace.count() > 0, "--grace"},
                                                     {!settings.success_codes.empty(), "--success-code"}};
  for (const auto& [given, flag] : supervised) {
    if (given) {
      return fail(ExitCode::usage,
                  std::format("--exec and {} cannot be combined: nobody supervises the application", flag), hint);
    }
  }
  return {};
}

}  // namespace pge
