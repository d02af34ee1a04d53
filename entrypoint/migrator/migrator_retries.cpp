#include "migrator/migrator_retries.hpp"

namespace pge {

std::optional<MigratorRetries::Retry> MigratorRetries::after(const Error& failure, Time now, double random) {
  if (failure.code != ExitCode::unavailable) {
    refused_since_.reset();
    if (failed_ >= count_) return std::nullopt;
    const milliseconds pause = patience::migrator_retry.pause(failed_++, random);
    return Retry{.pause = pause, .fields = {{"try", failed_}, {"of", count_ + 1}, {"pause_ms", pause}}};
  }
  if (!refused_since_) refused_ = 0;
  const Time since = refused_since_.value_or(now);
  refused_since_ = since;
  if (longest_.count() > 0 && now - since >= longest_) return std::nullopt;
  const milliseconds pause = patience::migrator_retry.pause(refused_++, random);
  return Retry{.pause = pause, .fields = {{"waited_ms", now - since}, {"pause_ms", pause}}};
}

}  // namespace pge
