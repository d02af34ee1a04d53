#include "run/database.hpp"

#include <cstdlib>
#include <format>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include "config/environment.hpp"
#include "core/patience.hpp"
#include "core/strings.hpp"
#include "core/tool_version.hpp"
#include "history/quick_look.hpp"
#include "postgres/create_database.hpp"
#include "postgres/overseer.hpp"
#include "postgres/pooler.hpp"
#include "process/own_process.hpp"

namespace pge {
namespace {

WaitPolicy wait_policy(const WaitingSettings& settings) {
  return {
      .timeout = settings.timeout, .connect_timeout = settings.connect_timeout, .login_grace = settings.login_grace};
}

ProfileSettings profile_settings(const MigratingSettings& settings, const std::string& search_path) {
  return {.scope = settings.allow_pooler ? ProfileScope::transaction : ProfileScope::session,
          .role = settings.role,
          .search_path = search_path,
          .lock_timeout = settings.lock_timeout,
          .statement_timeout = settings.statement_timeout};
}

/// Which server has answered, of several hosts too, and as what.
std::vector<Field> introduction(const Session& session) {
  const ServerInfo& server = session.server();
  const auto& address = session.address();
  const auto part = [&](const char* name) { return address.contains(name) ? address.at(name) : ""; };
  return {{"server", std::format("{}.{}", server.version / 10000, server.version % 10000)},
          {"host", part("host")},
          {"port", part("port")},
          {"database", part("dbname")},
          {"role", part("user")},
          {"state", server.in_recovery ? "standby"
                    : server.read_only ? "read-only"
                                       : "primary"}};
}

/// Whether nobody has named a database, so that libpq took the role's name for it.
bool names_no_database(const ConnectionSettings& settings) {
  const auto& given = settings.parameters;
  const bool named = given.contains("dbname") || given.contains("service") || std::getenv("PGDATABASE") != nullptr ||
                     std::getenv("PGSERVICE") != nullptr;
  return !named;
}

}  // namespace

Database::Database(const Context& context, StopToken& stop, HistoryTable table)
    : context_(context),
      stop_(stop),
      table_(std::move(table)),
      profile_(profile_settings(context.settings.migrating, context.settings.migrating.search_path)),
      wait_([this] { return read_settings(); }, wait_policy(context.settings.waiting), stop, context.log),
      long_wait_({.timeout = context.settings.migrating.advisory_lock_timeout, .tries = patience::lock_tries}) {}

Result<ConnectionSettings> Database::read_settings() {
  const DatabaseSource& source = context_.settings.waiting.database;
  const auto said = read_database(source);
  if (!said) return fail(said.error());
  auto parsed = std::visit([&](const auto& given) { return parse_connection_settings(given, source.variable); }, *said);
  if (!parsed) return parsed;
  for (const std::string& secret : parsed->secrets) context_.log.redactor().add(secret);
  if (!connection_ && !parsed->dropped.empty()) {
    context_.log.info("URL parameters that concern only the application were ignored",
                      {{"parameters", joined(parsed->dropped)}});
  }
  connection_ = *parsed;
  return parsed;
}

std::string Database::query_along(const Session& session) const {
  const MigratingSettings& settings = context_.settings.migrating;
  const bool as_login_role = settings.role.empty() && !settings.allow_pooler;
  return history_first_ && as_login_role ? quick_look_sql(session, table_) : "";
}

Result<Session> Database::wait() {
  // `status` and the like may run beside an application, and say nothing about it.
  const CommandName command = context_.settings.command;
  const bool shows = command == CommandName::run || command == CommandName::migrate || command == CommandName::wait;
  if (shows && !long_wait_.has_left()) {
    set_process_name("pge:waiting");
  }
  const InPhase waiting(context_.report, Phase::database);
  const auto started = Clock::now();
  auto session = wait_.session(need_primary_, [this](const Session& opened) { return query_along(opened); });
  if (!session) return session;
  context_.report.database_answered();
  if (auto ended = end_lost_session(*session); !ended) return fail(ended.error());
  if (!is_pooled(*session)) {
    serving_ = session->server().backend;
    session->oversee(
        std::make_unique<Overseer>(*session, *connection_, context_.settings.migrating.advisory_lock_timeout));
    if (auto assumed = profile_.assume_role(*session); !assumed) return fail(assumed.error());
  }
  std::vector<Field> answered = introduction(*session);
  answered.emplace_back("waited_ms", Clock::now() - started);
  // Who waits for the lock would say so every few seconds.
  context_.log.event(long_wait_.has_left() ? Level::debug : Level::info, "database answered", answered);
  if (!told_database_ && names_no_database(*connection_)) {
    context_.log.info("no database is named, so the role's name was taken",
                      {{"database", session->address().at("dbname")}});
  }
  told_database_ = true;
  adopt_search_path();
  return session;
}

/// The server may keep a session that was lost for long, with its lock and in the middle of its statement. As nobody
/// waits for that any more, it is ended before we go on.
Result<> Database::end_lost_session(Session& session) {
  serving_.reset();
  if (!lost_session_ || lost_session_->started.empty() || is_pooled(session)) return {};
  auto ended = end_backend(session, *lost_session_);
  // It is still to be ended when this session is lost as well.
  if (!ended && (session.closed() || ended.error().is_stop())) return fail(ended.error());
  if (ended && *ended) context_.log.info("the session that was lost has been ended", {{"pid", lost_session_->pid}});
  lost_session_.reset();
  return {};
}

/// The URL's own search_path holds unless the option says otherwise. A migrator knows nothing of it, and its state is
/// asked for without it.
void Database::adopt_search_path() {
  const Settings& settings = context_.settings;
  const bool has_own = !settings.migrator.command_line.empty() || !settings.migrating.search_path.empty();
  if (has_own || connection_->search_path.empty()) return;
  profile_ = SessionProfile(profile_settings(settings.migrating, connection_->search_path));
}

Result<> Database::create_if_missing() {
  const Settings& settings = context_.settings;
  if (!settings.waiting.create_database || settings.migrating.mode != MigrateMode::automatic) return {};
  auto options = parse_database_options(settings.waiting.create_database_options, settings.migrating.role);
  if (!options) return fail(options.error());
  wait_.create_missing([this, wanted = NewDatabase{.maintenance_database = settings.waiting.maintenance_database,
                                                   .options = *std::move(options)}](
                           const ConnectionSettings& connection, LibpqWarnings& warnings) {
    return create_database(connection, wanted, context_.settings.waiting.connect_timeout, warnings, stop_,
                           context_.log);
  });
  return {};
}

bool Database::is_pooled(const Session& session) const {
  return session.server().pooled || context_.settings.migrating.allow_pooler;
}

/// A pooler shows itself by the key for cancelling, which is its own; one that hands out the server's key may be caught
/// by leading a second connection to the same server process.
Result<> Database::refuse_pooler(Session& session) const {
  if (context_.settings.migrating.allow_pooler) return {};
  if (!session.server().pooled) {
    auto shared = proves_shared(session, *connection_);
    if (!shared) return fail(shared.error());
    if (!*shared) return {};
  }
  return fail(ExitCode::configuration,
              "there is a connection pooler in front of the database, but migrations are pending",
              "set MIGRATE_DATABASE_URL to the server's own address; or, for files that can each be applied in one "
              "transaction, use --allow-pooler");
}

Result<> Database::make_ready_to_write(Session& session) {
  if (session.server().in_recovery || session.server().read_only) {
    need_primary_ = true;
    return fail({.code = ExitCode::unavailable,
                 .message = "this server is read-only, but migrations are pending",
                 .next = Next::reconnect()});
  }
  if (auto direct = refuse_pooler(session); !direct) return direct;
  const bool per_transaction = context_.settings.migrating.allow_pooler;
  if (auto applied = per_transaction ? profile_.choose_safety(session) : profile_.apply(session); !applied)
    return applied;
  // Who has come back to the lock has said so before.
  if (!long_wait_.has_left()) context_.log.event(Level::info, "session profile", profile_.describe());
  return {};
}

History Database::history_of(Session& session) const {
  return {session, table_, tool_version()};
}

LongWait& Database::begin_long_wait(const LongWaitPolicy& policy, Phase phase) {
  long_wait_ = LongWait(policy);
  long_wait_phase_ = phase;
  return long_wait_;
}

bool Database::reconnects_after(const Error& error) {
  if (error.needs_new_session()) {
    context_.log.info("the settings of new sessions have changed: going on in a new session");
    wait_.restart();
    return true;
  }
  if (error.comes_back()) {
    const InPhase away(context_.report, long_wait_phase_);
    // The next `wait` sees a stop.
    stop_.sleep(long_wait_.last_rest());
    wait_.restart();
    return true;
  }
  if (!error.may_reconnect() || lost_ >= patience::most_reconnections) return false;
  ++lost_;
  // A COMMIT is left to the server: it holds the lock, so the history is not read before its end.
  if (!error.outcome_unknown() && serving_) lost_session_ = serving_;
  if (error.outcome_unknown()) {
    in_doubt_ = error;
    stop_.exit_with(static_cast<int>(ExitCode::in_doubt));
  }
  context_.log.warning(error.message + "; reconnecting to see what was done");
  stop_.sleep(patience::reconnecting.pause(lost_ - 1, 0.0));
  wait_.restart();
  return true;
}

Error Database::final_error(Error error) const {
  if (!in_doubt_) return error;
  Error unknown = *in_doubt_;
  unknown.message += "; then: " + error.message;
  unknown.next = Next::outcome_unknown(error.next.stop_signal());
  unknown.hint = "start again when the database is back: the history shows what was committed";
  return unknown;
}

void Database::outcome_is_known() {
  in_doubt_.reset();
  stop_.exit_with(0);
}

}  // namespace pge
