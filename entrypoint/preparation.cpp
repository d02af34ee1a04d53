#include "preparation.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <format>
#include <new>

#include "cli/command_line.hpp"
#include "config/environment.hpp"
#include "migrate/guard.hpp"
#include "migrate/migration_file.hpp"
#include "migrate/text.hpp"
#include "postgres/blockers.hpp"
#include "process/memory_limit.hpp"
#include "process/self.hpp"

namespace pge {
namespace {

constexpr std::size_t our_memory = std::size_t{16} << 20U;
/// Session::execute's copy of a statement and libpq's two.
constexpr std::size_t sending_factor = 3;

constexpr unsigned most_reconnections = 5;
constexpr Backoff reconnection_pause{.initial = milliseconds(100), .maximum = milliseconds(5000)};

std::string directory_of(const Settings& settings) {
  if (!settings.directory.empty()) return settings.directory;
  return access("migrations", F_OK) == 0 || access("/migrations", F_OK) != 0 ? "migrations" : "/migrations";
}

WaitPolicy wait_policy(const Settings& settings) {
  return {.timeout = settings.wait_timeout,
          .connect_timeout = settings.connect_timeout,
          .login_grace = settings.login_grace};
}

/// What a container's memory leaves for migrations: both our processes, their libraries and the scanner take a part.
std::size_t memory_for_migrations() {
  const auto limit = memory_limit();
  return limit ? std::max(*limit / 2, *limit - std::min(our_memory, *limit)) : unlimited;
}

bool reads_files(CommandName command) {
  return command != CommandName::wait && command != CommandName::baseline;
}

}  // namespace

PrepareReport& PrepareReport::shared() {
  static PrepareReport* const report = [] {
    void* page = mmap(nullptr, sizeof(PrepareReport), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? new PrepareReport : new (page) PrepareReport;
  }();
  return *report;
}

Preparation::Preparation(const Settings& settings, Log& log, StopToken& stop, HistoryTable table)
    : settings_(&settings),
      log_(&log),
      stop_(&stop),
      table_(std::move(table)),
      memory_(memory_for_migrations()),
      profile_({.role = settings.role,
                .search_path = settings.search_path,
                .lock_timeout = settings.lock_timeout,
                .statement_timeout = settings.statement_timeout}) {}

Result<Preparation> Preparation::open(const Settings& settings, Log& log, StopToken& stop) {
  auto table = HistoryTable::parse(settings.history_table);
  if (!table) return std::unexpected(table.error());
  table->namesakes_allowed = settings.allow_existing;
  Preparation preparation(settings, log, stop, std::move(*table));
  if (preparation.mode() == MigrateMode::off) {
    log.warning("PG_ENTRYPOINT_MIGRATE=off: migrations are neither applied nor checked");
  } else if (reads_files(settings.command)) {
    auto files = load_migrations(directory_of(settings), settings.allow_empty, preparation.memory_);
    if (!files) return std::unexpected(files.error());
    preparation.files_ = std::move(*files);
  }
  return preparation;
}

Result<ConnectionSettings> Preparation::connection_settings() {
  auto url = read_database_url(settings_->database);
  if (!url) return std::unexpected(url.error());
  auto parsed = parse_connection_settings(*url, settings_->database.variable);
  if (!parsed) return parsed;
  for (const std::string& secret : parsed->secrets) log_->redactor().add(secret);
  if (!connection_ && !parsed->dropped.empty()) {
    std::string names;
    for (const std::string& name : parsed->dropped) names += (names.empty() ? "" : ", ") + name;
    log_->info("URL parameters that concern the application only were left out", {{"parameters", names}});
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
  if (settings_->search_path.empty() && !connection_->search_path.empty()) {
    profile_ = SessionProfile({.role = settings_->role,
                               .search_path = connection_->search_path,
                               .lock_timeout = settings_->lock_timeout,
                               .statement_timeout = settings_->statement_timeout});
  }
  return session;
}

History Preparation::history_of(Session& session) const {
  return {session, table_, version_string()};
}

Result<> Preparation::read_rows(History& history) {
  auto rows = history.read();
  if (!rows) return std::unexpected(rows.error());
  rows_ = std::move(*rows);
  return {};
}

Result<const Plan*> Preparation::read_plan(History& history, bool locked) {
  if (auto rows = read_rows(history); !rows) return std::unexpected(rows.error());
  const PlanOptions options{
      .to = settings_->to,
      .out_of_order = settings_->out_of_order == OutOfOrderMode::apply ? OutOfOrder::apply : OutOfOrder::refuse,
      .under_lock = locked};
  auto plan = make_plan(files_, rows_, options);
  if (!plan) return std::unexpected(plan.error());
  plan_ = std::move(*plan);
  return &plan_;
}

void Preparation::tell_ahead() const {
  if (plan_.ahead.empty()) return;
  log_->warning(
      "the database is ahead of this image: it has migrations that this image does not know",
      {{"count", plan_.ahead.size()}, {"last", plan_.ahead.back()->version + "_" + plan_.ahead.back()->name}});
}

void Preparation::tell_nothing_to_do() const {
  log_->info("nothing to apply", {{"known", files_.size()}});
}

Result<> Preparation::refuse_if_only_checking() const {
  if (mode() != MigrateMode::check) return {};
  return fail(ExitCode::gave_way,
              std::format("the schema is behind: {} migration(s) pending{}", plan_.pending.size(),
                          plan_.pending.empty() ? "" : ", the first is " + plan_.pending.front().migration->label()),
              "PG_ENTRYPOINT_MIGRATE=check only looks: run pg-entrypoint migrate first");
}

MigrateMode Preparation::mode() const {
  return settings_->command == CommandName::run ? settings_->migrate : MigrateMode::automatic;
}

Result<> Preparation::refuse_what_does_not_fit() const {
  for (const PlannedMigration& planned : plan_.pending) {
    const Migration& migration = *planned.migration;
    const Statement longest = migration.up.longest();
    const std::size_t needed = sending_factor * std::max(longest.sql.size(), migration.down_text.size());
    if (needed <= memory_) continue;
    return invalid_at(
        migration.path, migration.text, longest.offset,
        std::format("a statement of {} MB: sending it takes more memory than this container has",
                    longest.sql.size() / 1'000'000),
        std::format("raise the container's memory limit to {} MiB for this migration; or divide the statement; or load "
                    "the data by COPY … FROM stdin, which is sent in pieces",
                    ((needed + our_memory) >> 20U) + 1));
  }
  return {};
}

Result<> Preparation::make_ready_to_write(Session& session) {
  if (auto fits = refuse_what_does_not_fit(); !fits) return fits;
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

Result<std::optional<AdvisoryLock>> Preparation::take_lock(Session& session, History& history,
                                                           bool only_while_pending) {
  set_process_name("pge:locking");
  const LockPolicy policy{.timeout = settings_->advisory_lock_timeout};
  return AdvisoryLock::acquire(session, table_.lock_key(), policy, [&]() -> Result<bool> {
    if (!only_while_pending) return true;
    auto plan = read_plan(history, false);
    if (!plan) return std::unexpected(plan.error());
    return !(*plan)->empty();
  });
}

Result<> Preparation::apply_plan(Session& session, AdvisoryLock& lock, History& history) {
  if (plan_.empty()) {
    in_doubt_.reset();
    tell_nothing_to_do();
    return lock.release();
  }
  if (!history.exists() && !settings_->allow_existing) {
    if (auto ours = refuse_existing_tables(session, table_); !ours) return ours;
  }
  return under_lock(session, lock, history, [&](const Workbench& bench) -> Result<> {
    if (auto created = history.create(lock); !created) return created;
    auto applied = apply(bench, plan_);
    if (!applied) return std::unexpected(applied.error());
    log_->info("migrations applied", {{"count", *applied}});
    return {};
  });
}

Result<> Preparation::under_lock(Session& session, AdvisoryLock& lock, History& history,
                                 const std::function<Result<>(const Workbench&)>& work) {
  set_process_name("pge:migrating");
  in_doubt_.reset();  // what the history says under the lock is what is true
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
