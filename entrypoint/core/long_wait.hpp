#pragma once

#include <optional>
#include <string>

#include "core/patience.hpp"
#include "core/repeat.hpp"
#include "core/stop.hpp"

namespace pge {

struct LongWaitPolicy {
  milliseconds timeout;  ///< 0: for ever
  Backoff backoff = patience::lock_polling;
  unsigned tries = 0;  ///< so many are made in the first session, which is given up then; 0: it is kept
  Backoff absence = patience::lock_absence;
};

/// One wait for somebody else's work, over all the sessions that it takes: how long it has lasted, and when to try
/// again. A session that only waits is a connection that the application does not get, so it is given up after the
/// first tries; from then on each look has a session of its own, and there is none in between (ADR 19).
///
/// Times and random numbers are handed in. The wait starts with the first call that has a time.
class LongWait {
 public:
  using Time = Clock::time_point;

  /// What comes before the next try.
  struct Rest {
    milliseconds length;
    bool without_session;
  };

  explicit LongWait(const LongWaitPolicy& policy) : policy_(policy) {}

  /// Whether the session was given up since the wait has started.
  bool has_left() const noexcept { return absences_ > 0; }

  milliseconds timeout() const noexcept { return policy_.timeout; }

  /// For how long it has lasted.
  milliseconds waited(Time now);

  bool is_over(Time now) { return policy_.timeout.count() > 0 && waited(now) >= policy_.timeout; }

  /// Whether the log has to be told `what` is waited for.
  bool tells(Time now, const std::string& what) { return tell_.due(now, what); }

  /// The rest after a try that has failed; `random` is in [0, 1). It ends with the time-out at the latest, so that the
  /// last look can tell who was in the way.
  Rest rest(Time now, double random);

  /// The length of the last rest.
  milliseconds last_rest() const noexcept { return last_rest_; }

  /// It is over: what comes after that is a new wait.
  void reset();

 private:
  LongWaitPolicy policy_;
  TellEvery tell_;
  std::optional<Time> started_;
  milliseconds last_rest_{0};
  unsigned attempt_ = 0;
  unsigned absences_ = 0;
};

}  // namespace pge
