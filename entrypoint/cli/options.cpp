#include "cli/options.hpp"

#include "cli/option_group.hpp"
#include "cli/subcommands.hpp"

namespace pge {
namespace {

void declare_waiting(CLI::App& app, WaitingSettings& s) {
  OptionGroup waiting(app, "Waiting");
  waiting.duration("--wait-timeout", s.timeout, "give up waiting for the database after this time (exit 69); 0: never");
  waiting.duration("--connect-timeout", s.connect_timeout,
                   "limit for one attempt on one host; connect_timeout in the URL takes precedence");
  waiting.duration("--login-grace", s.login_grace,
                   "how long to retry a refused login (then exit 77) or an untrusted server (then exit 78)");
}

void declare_database(CLI::App& app, DatabaseOptions& s, WaitingSettings& waiting) {
  OptionGroup database(app, "Database");
  database.text(
      "--database", s.database,
      "the database by parts, 'host=${DB_HOST:-db} user=${DB_USER} password=${DB_PASS} dbname=${DB_NAME}', or "
      "'${NAME}' for a variable that holds a URL; ${…} is filled in from the environment",
      "PAIRS");
  database.text("--migrate-database", s.migrate_database,
                "the same for the role that migrates; the application sees neither it nor its password's variable",
                "PAIRS");
  database.text("--export-database-url", s.export_name, "give the application the URL of --database in this variable",
                "NAME");
  database.text("--export-database-scheme", s.scheme,
                "how that URL and the migrator's begin, for example postgresql+asyncpg (default: postgresql, or as the "
                "URL is spelled)",
                "SCHEME");
  database.on("--create-database", waiting.create_database,
              "create the database if the server does not have it, before migrating; never with --migrate=check, wait "
              "or off");
  database.text("--create-database-options", waiting.create_database_options,
                "of CREATE DATABASE, as 'owner=app encoding=UTF8 locale=C.UTF-8 template=template0' (default: --role "
                "owns it)",
                "OPTIONS");
  database.text("--maintenance-database", waiting.maintenance_database,
                "the database to connect to for --create-database", "NAME");
}

void declare_migrating(CLI::App& app, MigratingSettings& s) {
  OptionGroup migrating(app, "Migrating");
  migrating.text("--dir", s.directory, "directory of the migration files (default: ./migrations, else /migrations)",
                 "DIR");
  migrating.choice<MigrateMode>(
      "--migrate", s.mode,
      {{"auto", MigrateMode::automatic},
       {"check", MigrateMode::check},
       {"wait", MigrateMode::wait},
       {"off", MigrateMode::off}},
      "auto: apply what is pending; check: start only if nothing is pending; wait: wait until somebody else has "
      "migrated; off: only wait for the database",
      "auto|check|wait|off", "auto");
  migrating.duration("--migrations-timeout", s.await_timeout,
                     "how long --migrate=wait and wait --for-migrations wait until somebody else has migrated (then "
                     "exit 75); 0: no limit");
  migrating.optional_text("--to", s.to,
                          "migrate: apply nothing above version V; down: keep V and everything applied before it", "V");
  migrating.optional_text("--history-table", s.history_table,
                          "table that records what was applied (default: pgentrypoint.history)", "SCHEMA.NAME");
  migrating.choice<OutOfOrderMode>(
      "--out-of-order", s.out_of_order, {{"refuse", OutOfOrderMode::refuse}, {"apply", OutOfOrderMode::apply}},
      "what to do with a pending file whose version is lower than one already applied", "refuse|apply", "refuse");
  migrating.text("--role", s.role, "SET ROLE to this before migrating; it will own what is created", "ROLE");
  migrating.text("--search-path", s.search_path, "search_path for migrations (default: the connection's own)", "PATH");
  migrating.duration(
      "--advisory-lock-timeout", s.advisory_lock_timeout,
      "how long to wait for the advisory lock while another replica migrates (then exit 75); 0: no limit");
  migrating.lock_key("--lock-key", s.lock_key,
                     "key of the advisory lock, a 64-bit number, in place of the one derived from --history-table; it "
                     "is recorded in the history, and a start with another one is refused (exit 78)");
  migrating.duration("--lock-timeout", s.lock_timeout,
                     "PostgreSQL's lock_timeout for each statement, so that waiting DDL does not block the "
                     "application; a migrator gets it only when this is set; 0: none");
  migrating.number("--lock-retries", s.lock_retries,
                   "how often to retry a migration after a lock time-out or a deadlock");
  migrating.duration("--statement-timeout", s.statement_timeout, "PostgreSQL's statement_timeout; 0: none");
  migrating.choice<OnStop>("--on-stop", s.on_stop, {{"cancel", OnStop::cancel}, {"finish", OnStop::finish}},
                           "what a stop signal does to the running migration: cancel it, or let it finish (nothing is "
                           "started afterwards); a second signal cancels it",
                           "cancel|finish", "cancel");
  migrating.on("--allow-empty", s.allow_empty, "accept a directory without migration files");
  migrating.on(
      "--allow-existing", s.allow_existing,
      "migrate a database that has tables but no history table, or only another application's history table of "
      "the same name");
  migrating.on("--allow-empty-database", s.allow_empty_database, "record a baseline in a database that has no table");
  migrating.on("--allow-pooler", s.allow_pooler,
               "migrate through a connection pooler: each file in one transaction, which has the lock");
}

void declare_migrator(CLI::App& app, MigratorSettings& s) {
  OptionGroup migrator(app, "Migrator");
  migrator.text("--migrator", s.command_line,
                "run this command under the lock instead of applying SQL files, for example 'alembic upgrade head'",
                "COMMAND");
  migrator.inputs("--migrator-inputs", s.inputs,
                  "files, folders and environment variables that the migrator's result depends on (not needed for "
                  "Alembic); repeat it, or join several with ':'");
  migrator.text("--migrator-state", s.state_query,
                "query for the state that the migrator leaves (not needed for Alembic)", "SQL");
  migrator.choice<bool>("--migrator-cache", s.cache, {{"on", true}, {"off", false}},
                        "on: skip the migrator when the database has all that it would bring; "
                        "off: run it at every start, and judge nothing",
                        "on|off", "on");
  migrator.number("--migrator-retries", s.retries, "how often to run the migrator again after a failure");
  migrator.text("--migrator-user", s.user, "run the migrator as this user (default: --user, else as we are started)",
                "USER[:GROUP]");
  migrator.choice<bool>(
      "--migrator-options", s.options, {{"on", true}, {"off", false}},
      "on: give the migrator's sessions --role, time-outs and keepalives, in PGOPTIONS and in options "
      "of the URL; off: leave both as they are, for a migrator that connects through a pooler",
      "on|off", "on");
  migrator.text("--alembic", s.alembic,
                "Alembic's configuration, for status, check and a migrator that is Alembic (default: alembic.ini, or "
                "pyproject.toml with [tool.alembic])",
                "PATH");
  migrator.text("--alembic-version-table", s.alembic_version_table,
                "table with Alembic's revisions, where env.py computes it (default: as env.py says)", "[SCHEMA.]NAME");
}

/// What `run` does with commands that are not the server.
void declare_shortcuts(CLI::App& app, ServingSettings& s) {
  OptionGroup serving(app, "Serving");
  serving.patterns("--only-for", s.only_for,
                   "wait and migrate only for a command that begins with these words, each a glob, as 'gunicorn' or "
                   "'bin/rails server'; any other is started at once; repeat it, or join several with ','");
  serving.patterns("--not-for", s.not_for,
                   "the opposite: start a command that begins with these words at once, as 'rails db:*'; repeat it, or "
                   "join several with ','");
  serving.on("--no-database", s.no_database, "start the command at once: no waiting, no migration, a plain init");
}

void declare_serving(CLI::App& app, ServingSettings& s) {
  OptionGroup serving(app, "Serving");
  serving.text("--user", s.user, "run the application as this user (names or numbers)", "USER[:GROUP]");
  serving.list("--chown", s.chown, "give this directory to --user before waiting; repeat it, or join several with ':'",
               "DIR");
  serving.list(
      "--env-file", s.env_files,
      "more variables for the application, NAME=value in each line, as in docker run --env-file; the environment "
      "takes precedence; repeat it, or join several with ':'",
      "FILE");
  serving.list("--file-env", s.file_env,
               "give the application the content of the file that NAME_FILE names as NAME, for this NAME, or for all "
               "that begin with PREFIX if it is written PREFIX*; repeat it, or join several with ':'",
               "NAME");
  serving.list("--unset-env", s.unset_env,
               "a variable that the application does not get; repeat it, or join several with ':'", "NAME");
  serving.on("--exec", s.exec, "replace this process with the application instead of supervising it");
  serving.duration("--orphan-grace", s.orphan_grace,
                   "how long processes left behind by the application may take to exit");
  serving.statuses(
      "--success-code", s.success_codes,
      "exit with 0 when the application ends with this status, for example 143; repeat it, or join several "
      "with ':'");
}

void declare_signals(CLI::App& app, ServingSettings& s) {
  OptionGroup signals(app, "Signals");
  signals.signals("--stop-signal", s.stop_signals,
                  "another signal that stops waiting and migrating, besides TERM, INT, QUIT and HUP: the image's "
                  "STOPSIGNAL; repeat it, or join several with ':'");
  signals.signal_rules("--signal", s.signals,
                       "the application gets TO instead of FROM, or nothing with FROM=drop, for example TERM=QUIT; "
                       "repeat it, or join several with ':'");
  signals.on("--group", s.group, "pass signals on to the application's process group, not only to its first process");
  signals.duration("--term-delay", s.term_delay,
                   "how long after a stop signal the application gets it, so that a load balancer can drain; a second "
                   "one ends the delay");
  signals.duration("--grace", s.grace,
                   "how long after that the application may take to exit before it gets SIGKILL; 0: no limit");
  signals.signal("--parent-death-signal", s.parent_death_signal,
                 "a signal that this process gets when its parent dies; with KILL the application dies too");
}

void declare_reporting(CLI::App& app, ReportingSettings& s) {
  OptionGroup reporting(app, "Reporting");
  reporting.choice<LogFormat>("--log-format", s.format, {{"text", LogFormat::text}, {"json", LogFormat::json}},
                              "one line per event, on stderr", "text|json", "text");
  reporting.choice<ErrorDetail>(
      "--error-detail", s.error_detail,
      {{"auto", ErrorDetail::automatic}, {"safe", ErrorDetail::safe}, {"full", ErrorDetail::full}},
      "whether errors quote the server's detail, which may contain data (auto: only on a terminal)", "auto|safe|full",
      "auto");
  reporting.on("--quiet", s.quiet, "log warnings and errors only");
  reporting.on("--debug", s.debug, "log every statement and decision too");
  reporting.text("--termination-log", s.termination_log,
                 "file that gets the cause of a failure, if it exists: the pod's terminationMessagePath", "PATH");
  reporting.text("--metrics-file", s.metrics_file,
                 "file that run, migrate and wait write their result and durations to, as Prometheus text for "
                 "node-exporter's textfile collector; its name is the label source",
                 "PATH");
}

}  // namespace

void declare_options(CLI::App& app, Settings& settings) {
  app.set_help_flag("-h,--help", "show this help");
  CLI::Option* const version = app.add_flag("--version", "show the version");
  app.add_flag("--verbose", "with --version: the commit and the libraries, too")->needs(version);
  declare_waiting(app, settings.waiting);
  declare_database(app, settings.database, settings.waiting);
  declare_migrating(app, settings.migrating);
  declare_migrator(app, settings.migrator);
  declare_shortcuts(app, settings.serving);
  declare_serving(app, settings.serving);
  declare_signals(app, settings.serving);
  declare_reporting(app, settings.reporting);
  declare_subcommands(app, settings);
  app.require_subcommand(0, 1);  // `status down` must not revert anything
}

}  // namespace pge
