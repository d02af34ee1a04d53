#include "postgres/waiting.hpp"

#include <algorithm>
#include <format>

#include "core/patience.hpp"

namespace pge {
namespace {

constexpr const char* standby_setting = "synchronous_standby_names";

Error left_waiting(milliseconds longest) {
  return {.code = ExitCode::in_doubt,
          .message = std::format("a COMMIT is done on this server and has waited {} s for a synchronous standby "
                                 "(wait_event SyncRep)",
                                 std::chrono::ceil<seconds>(longest).count()),
          .hint = std::format("bring the standby back, or take its name out of {} and reload the server; do not end "
                              "the session that waits: its transaction would be valid on this server only",
                              standby_setting),
          .during = During::commit};
}

}  // namespace

Waiting::Waiting(const Runner::Limits& limits, bool may_commit, Overseer* overseer, Events& events)
    : slow_(limits.slow), overseer_(overseer), events_(events), deadline_(limits.deadline) {
  const auto now = Clock::now();
  if (slow_ != nullptr) slow_at_ = now + slow_->after;
  if (overseer == nullptr) return;
  // COMMIT itself is seldom slow, so there a look costs nothing, and the setting may have come since.
  if (limits.commit || (may_commit && overseer->server_is_synchronous())) look_at_ = now + patience::first_look;
}

std::optional<Clock::time_point> Waiting::next() const {
  std::optional<Clock::time_point> first;
  for (const auto& time : {deadline_, slow_at_, look_at_}) {
    if (time) first = std::min(*time, first.value_or(*time));
  }
  return first;
}

Result<> Waiting::act() {
  const auto now = Clock::now();
  if (slow_at_ && now >= *slow_at_) {
    slow_at_.reset();
    slow_->act();
  }
  const bool overdue = deadline_ && now >= *deadline_;
  if (!overdue && (!look_at_ || now < *look_at_)) return {};
  const Sighting seen = overseer_ == nullptr ? Sighting::unseen : overseer_->look();
  if (seen == Sighting::waits_for_standby) return wait_for_standby(now);
  if (overdue) {
    return fail({.code = ExitCode::unavailable,
                 .message = "the server did not answer in time",
                 .hint = "it may be stopped, overloaded or cut off from the network",
                 .next = Next::reconnect()});
  }
  standby_since_.reset();
  look_at_ = now + patience::tell_every;
  return {};
}

Result<> Waiting::wait_for_standby(Clock::time_point now) {
  if (!standby_since_) standby_since_ = now;
  const auto waited = std::chrono::duration_cast<milliseconds>(now - *standby_since_);
  const milliseconds longest = overseer_->longest();
  const bool ends = longest.count() > 0;
  if (ends && waited >= longest) return fail(left_waiting(longest));
  events_.warning("a COMMIT is waiting for a synchronous standby",
                  {{"wait_event", "SyncRep"}, {"setting", standby_setting}, {"waited_ms", waited}});
  look_at_ = now + patience::tell_every;
  if (ends) look_at_ = std::min(*look_at_, *standby_since_ + longest);
  if (deadline_) deadline_ = now + patience::own_statement;
  return {};
}

}  // namespace pge
