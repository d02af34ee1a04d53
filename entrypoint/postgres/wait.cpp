#include "postgres/wait.hpp"

#include <algorithm>
#include <format>
#include <string_view>
#include <utility>

#include "postgres/connect_failure.hpp"

namespace pge {
namespace {

constexpr const char* not_served =
    "the server is running but does not accept this connection; raise "
    "--wait-timeout to wait longer";

/// What leads to the server that can be written to. A standby may also be promoted while we wait.
std::string writable_hint(const ConnectionSettings& settings, bool is_standby) {
  const auto contains_comma = [&](const char* name) {
    const auto found = settings.parameters.find(name);
    return found != settings.parameters.end() && found->second.contains(',');
  };
  if (contains_comma("host") || contains_comma("hostaddr") || settings.parameters.contains("target_session_attrs")) {
    return "set target_session_attrs=read-write in the URL: then each of its hosts is tried until one can be written "
           "to";
  }
  if (!is_standby) {
    return "default_transaction_read_only is on: find out who has set it (some providers do so when the disk is full), "
           "or turn it off for the migrating role; raise --wait-timeout to wait longer";
  }
  return "name the primary in the URL, or in MIGRATE_DATABASE_URL for migrating alone; if this server is about to be "
         "promoted, raise --wait-timeout";
}

}  // namespace

DatabaseWait::DatabaseWait(SettingsSource source, const WaitPolicy& policy, StopToken& stop, Events& events)
    : source_(std::move(source)), policy_(policy), stop_(&stop), events_(&events) {}

void DatabaseWait::restart() {
  started_ = Clock::now();
  refused_since_.reset();
  tell_.reset();
  attempt_ = 0;
}

Result<Session> DatabaseWait::session(bool need_primary, const QueryAlong& along) {
  if (started_ == Clock::time_point{}) restart();
  for (;;) {
    auto settings = source_();
    if (!settings) return fail(settings.error());
    auto session = attempt(*settings, along);
    if (session && need_primary && (session->server().in_recovery || session->server().read_only)) {
      session =
          fail({.code = ExitCode::unavailable,
                .message = session->server().in_recovery ? "the server is a standby, but migrations need the "
                                                           "primary"
                                                         : "the server is read-only, but migrations need to write",
                .hint = fit_to_source(writable_hint(*settings, session->server().in_recovery), *settings),
                .next = Next::reconnect()});
    }
    if (session) return session;
    if (!session.error().may_reconnect() && !session.error().is_transient()) return session;
    if (auto paused = pause(session.error()); !paused) return fail(paused.error());
  }
}

Result<Session> DatabaseWait::attempt(const ConnectionSettings& settings, const QueryAlong& along) {
  auto session = connect(settings, attempt_timeout(settings), warnings_, along, *stop_, *events_);
  if (session || !create_ || !session.error().is_sqlstate("3D000")) return session;
  if (auto fine = check_before(); !fine) return fail(fine.error());
  if (auto created = create_(settings, warnings_); !created) return fail(created.error());
  return connect(settings, attempt_timeout(settings), warnings_, along, *stop_, *events_);
}

/// One attempt tries every host, and all of them together must not take longer than the wait.
milliseconds DatabaseWait::attempt_timeout(const ConnectionSettings& settings) const {
  if (policy_.timeout.count() == 0) return policy_.connect_timeout;
  const auto hosts = settings.parameters.find("host");
  const auto count = hosts == settings.parameters.end() ? 1 : 1 + std::ranges::count(hosts->second, ',');
  const auto left = std::chrono::duration_cast<milliseconds>(started_ + policy_.timeout - Clock::now());
  const auto share = std::max(patience::least_for_a_host, left / count);
  return policy_.connect_timeout.count() == 0 ? share : std::min(policy_.connect_timeout, share);
}

Result<> DatabaseWait::check_before() {
  if (!check_) return {};
  // It may wait for a file system that does not answer.
  if (const int asked = stop_->requested(); asked != 0) return fail(stopped_by(asked));
  const DeliverStops deliver(*stop_);
  return check_();
}

Result<> DatabaseWait::pause(const Error& reason) {
  if (auto fine = check_before(); !fine) return fine;
  const auto now = Clock::now();
  if (reason.is_transient()) {
    if (!refused_since_) refused_since_ = now;
    if (now - *refused_since_ >= policy_.login_grace) {
      Error error = reason;
      error.next = Next::leave();
      error.hint += std::format("{}tried again for {} s (--login-grace)", error.hint.empty() ? "" : "; ",
                                std::chrono::ceil<seconds>(policy_.login_grace).count());
      return fail(std::move(error));
    }
  } else {
    refused_since_.reset();
  }
  const auto deadline = policy_.timeout.count() == 0 ? Clock::time_point::max() : started_ + policy_.timeout;
  if (now >= deadline) {
    Error error = reason;
    error.code = ExitCode::unavailable;
    error.next = Next::leave();
    error.message = std::format("the database was not reachable within {} s: {}",
                                std::chrono::ceil<seconds>(policy_.timeout).count(), reason.message);
    if (!error.hint.empty()) return fail(std::move(error));
    error.hint = error.server_answered() ? not_served
                                         : "check the address, and that the server is running; raise "
                                           "--wait-timeout to wait longer";
    return fail(std::move(error));
  }
  tell(reason);
  auto until = now + policy_.backoff.pause(attempt_++, jitter_());
  if (refused_since_) until = std::min(until, *refused_since_ + policy_.login_grace);
  if (stop_->wait(-1, 0, std::min(until, deadline)) == Woke::stopped) return fail(stopped_by(stop_->requested()));
  return {};
}

void DatabaseWait::tell(const Error& reason) {
  const auto now = Clock::now();
  if (!tell_.due(now, reason.message)) return;
  std::vector<Field> fields{{"reason", reason.message}};
  if (reason.server_answered()) fields.emplace_back("sqlstate", std::string(reason.sqlstate()));
  fields.emplace_back("waited_ms", now - started_);
  events_->event(Level::info, "waiting for the database", fields);
}

}  // namespace pge
