#include "run/preparation.hpp"

#include <format>

#include "config/environment.hpp"
#include "core/strings.hpp"
#include "core/tool_version.hpp"
#include "postgres/blockers.hpp"
#include "process/self.hpp"
#include "run/prepare_report.hpp"

namespace pge {
namespace {

constexpr unsigned most_reconnections = 5;
constexpr Backoff reconnection_pause{.initial = milliseconds(100), .maximum = milliseconds(5000)};

WaitPolicy wait_policy(const Settings& settings) {
  return {.timeout = settings.wait_timeout,
          .connect_timeout = settings.connect_timeout,
          .login_grace = settings.login_grace};
}

}  // namespace

Preparation::Preparation(const Settings& settings, Log& log, StopToken& stop, HistoryTable table)
    : settings_(&settings),
      log_(&log),
      stop_(&stop),
      table_(std::move(table)),
      profile_({.role = settings.role,
                .search_path = settings.search_path,
                .lock_timeout = settings.lock_timeout,
                .statement_timeout = settings.statement_timeout}) {}

Result<Preparation> Preparation::open(const Settings& settings, Log& log, StopToken& stop) {
  auto table = HistoryTable::parse(settings.history_table);
  if (!table) return std::unexpected(table.error());
  table->namesakes_allowed = settings.allow_existing;
  return Preparation(settings, log, stop, std::move(*table));
}

Result<ConnectionSettings> Preparation::connection_settings() {
  auto url = read_database_url(settings_->database);
  if (!url) return std::unexpected(url.error());
  auto parsed = parse_connection_settings(*url, settings_->database.variable);
  if (!parsed) return parsed;
  for (const std::string& secret : parsed->secrets) log_->redactor().add(secret);
  if (!connection_ && !parsed->dropped.empty()) {
    log_->info("URL parameters that concern the application only were left out",
               {{"parameters", joined(parsed->dropped)}});
  }
  connection_ = *parsed;
  return parsed;
}

Result<Session> Preparation::wait_for_database() {
  set_process_name("pge:waiting");
  if (!wait_) wait_.emplace([this] { return connection_settings(); }, wait_policy(*settings_), *stop_, *log_);
  const auto started = Clock::now();
  auto session = wait_->session(need_primary_);
  if (!session) return session;
  std::int64_t never = 0;
  PrepareReport::shared().answered_ns.compare_exchange_strong(never, Clock::now().time_since_epoch().count());
  if (auto assumed = profile_.assume_role(*session); !assumed) return std::unexpected(assumed.error());
  const int version = session->server().version;
  log_->info("database answered", {{"server", std::format("{}.{}", version / 10000, version % 10000)},
                                   {"waited_ms", Clock::now() - started}});
  // Of the URL's own search_path a migrator knows nothing, and its state is asked for without it.
  if (settings_->migrator.empty() && settings_->search_path.empty() && !connection_->search_path.empty()) {
    profile_ = SessionProfile({.role = settings_->role,
                               .search_path = connection_->search_path,
                               .lock_timeout = settings_->lock_timeout,
                               .statement_timeout = settings_->statement_timeout});
  }
  return session;
}

History Preparation::history_of(Session& session) const {
  return {session, table_, tool_version()};
}

Result<> Preparation::make_ready_to_write(Session& session) {
  if (session.server().in_recovery || session.server().read_only) {
    need_primary_ = true;
    return fail({.code = ExitCode::unavailable,
                 .message = "this server cannot be written to, and migrations are pending",
                 .connection_lost = true});
  }
  if (session.server().pooled && !settings_->allow_pooler) {
    return fail(ExitCode::configuration,
                "there is a connection pooler in front of the database, and migrations are pending",
                "give MIGRATE_DATABASE_URL with the server's direct address; or, if the pooler is in session mode for "
                "this user, --allow-pooler");
  }
  auto applied = profile_.apply(session);
  if (!applied) return applied;
  log_->event(Level::debug, "session profile", profile_.describe());
  return {};
}

Result<std::optional<AdvisoryLock>> Preparation::take_lock(Session& session,
                                                           const std::function<Result<bool>()>& still_needed) {
  set_process_name("pge:locking");
  const LockPolicy policy{.timeout = settings_->advisory_lock_timeout};
  return AdvisoryLock::acquire(session, table_.lock_key(), policy, still_needed);
}

Result<> Preparation::under_lock(Session& session, AdvisoryLock& lock, History& history,
                                 const std::function<Result<bool>()>& read,
                                 const std::function<Result<>(const Workbench&)>& work) {
  set_process_name("pge:migrating");
  auto needed = read();
  if (!needed) return std::unexpected(needed.error());
  // What the history says under the lock is what is true: from now on a stop is a stop.
  in_doubt_.reset();
  stop_->exit_with(0);
  if (!*needed) return lock.release();
  const LockRetries retries = lock_retries();
  const Workbench bench{.session = session,
                        .lock = lock,
                        .history = history,
                        .profile = profile_,
                        .retries = retries,
                        .finish_on_stop = settings_->on_stop == OnStop::finish};
  if (auto done = work(bench); !done) return done;
  return lock.release();
}

LockRetries Preparation::lock_retries() {
  return {.count = settings_->lock_retries,
          .lock_timeout = settings_->lock_timeout,
          .report_blockers = [this](Session& blocked) { report_blockers(blocked, *connection_); }};
}

Result<> Preparation::reconnecting(const std::function<Result<>()>& attempt) {
  for (;;) {
    auto done = attempt();
    if (done) return done;
    if (!may_try_again(done.error())) return fail(final_error(done.error()));
  }
}

bool Preparation::may_try_again(const Error& error) {
  if (!error.connection_lost || error.stop_signal != 0 || lost_ >= most_reconnections) return false;
  // A wait that has given up has had its time.
  if (wait_->expired()) return false;
  ++lost_;
  if (error.code == ExitCode::in_doubt) {
    in_doubt_ = error;
    stop_->exit_with(static_cast<int>(ExitCode::in_doubt));
  }
  log_->warning(error.message + "; connecting again to see what is true now");
  stop_->sleep(reconnection_pause.pause(lost_ - 1, 0.0));
  wait_->restart();
  return true;
}

Error Preparation::final_error(Error error) const {
  if (!in_doubt_) return error;
  Error unknown = *in_doubt_;
  unknown.message += "; then: " + error.message;
  unknown.stop_signal = error.stop_signal;
  unknown.hint = "start again when the database is back: the history tells what was committed";
  return unknown;
}

}  // namespace pge
