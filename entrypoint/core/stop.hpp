#pragma once

#include <csignal>

#include <chrono>
#include <optional>
#include <vector>

#include "core/error.hpp"

namespace pge {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// The signals that always ask a stage before serving to stop.
inline constexpr int usual_stops[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP};

/// The usual ones, and what else an image names as its STOPSIGNAL (--stop-signal).
class StopSignals {
 public:
  StopSignals() noexcept;
  void add(int number) noexcept {
    sigaddset(&set_, number);
    sigaddset(&named_, number);
  }
  bool contain(int number) const noexcept { return sigismember(&set_, number) == 1; }
  const sigset_t& set() const noexcept { return set_; }

  /// Whether it stops an application as well. For that SIGHUP must be named, because it usually means "reload".
  bool end_serving(int number) const noexcept {
    return contain(number) && (number != SIGHUP || sigismember(&named_, number) == 1);
  }

 private:
  sigset_t set_{};
  sigset_t named_{};
};

/// What another program gets when `number` has asked us to stop: the same if it is a usual one, else SIGTERM, because a
/// program that nobody has prepared for SIGWINCH ignores it.
int stop_to_pass_on(int number) noexcept;

/// Why a wait ended.
enum class Woke { ready, timeout, stopped };

/// The stop request as something that can be polled. The stop signals must be blocked (PID 1 does so first);
/// the token reads them from a signalfd (signalfd(2)), so no handler runs and nothing is lost.
class StopToken {
 public:
  explicit StopToken(const StopSignals& signals = {});
  ~StopToken();
  StopToken(const StopToken&) = delete;
  StopToken& operator=(const StopToken&) = delete;

  /// The signal that asked for a stop, 0 when none has; reads what is queued.
  int requested() noexcept;

  /// How many stop signals have come so far. The second one ends even what may finish first.
  int count() noexcept;

  /// Wait until `fd` is ready for `events` (poll(2)), `deadline` has passed, or a stop is requested. With `fd` -1 this
  /// is an interruptible sleep. `seen` is the number of stops that the caller already knows; only a further one ends
  /// the wait, so that a stage can wait for its own clean-up.
  Woke wait(int fd, short events, std::optional<Clock::time_point> deadline, int seen = 0) noexcept;

  /// The status with which a delivered stop ends the process from now on, instead of 128+n (`DeliverStops`).
  void exit_with(int status) noexcept { forced_status_ = status; }
  int forced_status() const noexcept { return forced_status_; }

  const StopSignals& signals() const noexcept { return signals_; }

  /// Sleep that a stop ends early.
  Woke sleep(milliseconds duration) noexcept { return wait(-1, 0, Clock::now() + duration); }
  /// The same before a retry: fails with `stopped_by` if a stop has come.
  Result<> pause(milliseconds duration);

 private:
  void drain() noexcept;

  StopSignals signals_;
  int fd_ = -1;
  int first_ = 0;
  int count_ = 0;
  int forced_status_ = 0;
};

/// While an object of this class exists, stop signals are delivered and end the process at once with 128+n. It is for
/// calls that block inside a library (connecting, DNS), at points where exiting is harmless because nothing is locked
/// yet. It works as PID 1 too, where the kernel would drop a signal of default disposition (pid_namespaces(7)).
class DeliverStops {
 public:
  explicit DeliverStops(const StopToken& stop);
  ~DeliverStops();
  DeliverStops(const DeliverStops&) = delete;
  DeliverStops& operator=(const DeliverStops&) = delete;

 private:
  struct Previous {
    int number;
    struct sigaction action;
  };
  sigset_t previous_mask_{};
  std::vector<Previous> previous_;
};

}  // namespace pge
