#pragma once

#include <optional>
#include <vector>

#include "core/error.hpp"
#include "core/events.hpp"
#include "core/patience.hpp"
#include "core/stop.hpp"

namespace pge {

/// When a migrator that has failed is run again: as often as --migrator-retries says; and where the server had no
/// connection left for it, which passes, until --advisory-lock-timeout, because that is how long others wait for it.
/// Times and random numbers are handed in.
class MigratorRetries {
 public:
  using Time = Clock::time_point;

  /// `count`: further runs after the first. `longest`: 0: for ever.
  MigratorRetries(unsigned count, milliseconds longest) : count_(count), longest_(longest) {}

  struct Retry {
    milliseconds pause;
    std::vector<Field> fields;  ///< for the log
  };

  /// What comes before the next run; nothing: there is none. `random` is in [0, 1).
  std::optional<Retry> after(const Error& failure, Time now, double random);

 private:
  unsigned count_;
  milliseconds longest_;
  unsigned failed_ = 0;
  unsigned refused_ = 0;
  std::optional<Time> refused_since_;
};

}  // namespace pge
