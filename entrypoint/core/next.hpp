#pragma once

#include <cstdint>

namespace pge {

/// What follows from a failure: whether something may be tried again, and what.
class Next {
 public:
  /// Nothing may be tried: the process ends with the error's exit code.
  constexpr Next() noexcept = default;
  static constexpr Next leave() noexcept { return {}; }
  /// The session is gone, or this server is not the one we need: connecting again may help.
  static constexpr Next reconnect() noexcept { return {Kind::reconnect, 0}; }
  /// The transaction gave way to another one and was rolled back: the whole of it may be tried again.
  static constexpr Next again() noexcept { return {Kind::again, 0}; }
  /// The work goes on in a new session, which is not a failure: this one was opened before its defaults were changed.
  static constexpr Next new_session() noexcept { return {Kind::new_session, 0}; }
  /// Somebody else works, and our session would only be one more while we wait: it is given up, and the same is done
  /// again later. That is not a failure.
  static constexpr Next come_back() noexcept { return {Kind::come_back, 0}; }
  /// Somebody may be fixing it just now (a role, a grant, a certificate): connecting again is worth a grace, no more.
  static constexpr Next transient() noexcept { return {Kind::transient, 0}; }
  /// Signal `number` asked for a stop: the exit status is 128+n.
  static constexpr Next stopped(int number) noexcept { return {Kind::stopped, number}; }
  /// COMMIT was sent and not answered. `number`: the signal that asked for a stop meanwhile; 0: none.
  static constexpr Next outcome_unknown(int number = 0) noexcept { return {Kind::outcome_unknown, number}; }

  /// The signal that asked for a stop; 0: none.
  constexpr int stop_signal() const noexcept { return signal_; }
  /// A stop, and the outcome is known.
  constexpr bool is_plain_stop() const noexcept { return kind_ == Kind::stopped; }
  constexpr bool may_reconnect() const noexcept {
    return kind_ == Kind::reconnect || (kind_ == Kind::outcome_unknown && signal_ == 0);
  }
  constexpr bool may_try_again() const noexcept { return kind_ == Kind::again; }
  constexpr bool needs_new_session() const noexcept { return kind_ == Kind::new_session; }
  constexpr bool comes_back() const noexcept { return kind_ == Kind::come_back; }
  constexpr bool is_transient() const noexcept { return kind_ == Kind::transient; }
  constexpr bool is_outcome_unknown() const noexcept { return kind_ == Kind::outcome_unknown; }

  constexpr bool operator==(const Next&) const noexcept = default;

 private:
  enum class Kind : std::uint8_t {
    leave,
    reconnect,
    again,
    new_session,
    come_back,
    transient,
    stopped,
    outcome_unknown
  };
  constexpr Next(Kind kind, int signal) noexcept : kind_(kind), signal_(signal) {}

  Kind kind_ = Kind::leave;
  int signal_ = 0;
};

}  // namespace pge
