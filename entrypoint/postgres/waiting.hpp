#pragma once

#include <optional>

#include "core/error.hpp"
#include "core/events.hpp"
#include "postgres/overseer.hpp"
#include "postgres/runner.hpp"

namespace pge {

/// What is to be done while a statement has no answer yet, and when: the caller's hook, a look at what the session
/// does, the end of the wait.
class Waiting {
 public:
  /// `may_commit`: the statement is COMMIT, or commits by itself. `overseer` may be null.
  Waiting(const Runner::Limits& limits, bool may_commit, Overseer* overseer, Events& events);

  /// When `act` has to be called; nothing: never.
  std::optional<Clock::time_point> next() const;

  /// Does what is due. Fails when the wait is over: with `unavailable` at the deadline, with `in_doubt` when a COMMIT
  /// has waited too long for a synchronous standby.
  Result<> act();

 private:
  Result<> wait_for_standby(Clock::time_point now);

  const SlowHook* slow_;
  Overseer* overseer_;
  Events& events_;
  std::optional<Clock::time_point> deadline_;
  std::optional<Clock::time_point> slow_at_;
  std::optional<Clock::time_point> look_at_;
  std::optional<Clock::time_point> standby_since_;
};

}  // namespace pge
