#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/signal_rules.hpp"
#include "core/stop.hpp"

namespace pge {

enum class CommandName : std::uint8_t {
  run,
  migrate,
  wait,
  status,
  check,
  scaffold,
  down,
  baseline,
  accept,
  healthcheck
};
enum class MigrateMode : std::uint8_t { automatic, check, wait, off };
enum class OutOfOrderMode : std::uint8_t { refuse, apply };
enum class OnStop : std::uint8_t { cancel, finish };
enum class LogFormat : std::uint8_t { text, json };
enum class ErrorDetail : std::uint8_t { automatic, safe, full };

/// A part of a value that --database composes.
struct ValuePiece {
  std::string text;  ///< empty where there is a file
  std::string file;  ///< holds the value of a variable; read again before each attempt, as the URL's file is
};

/// A parameter of libpq's, with the value that --database gives it.
struct DatabaseField {
  std::string name;
  std::vector<ValuePiece> value;
};

/// Where the connection settings come from. One of them is set, or none: then libpq reads its own PG* variables.
struct DatabaseSource {
  std::string variable;  ///< its name, for messages: "DATABASE_URL", "MIGRATE_DATABASE_URL_FILE", "--database"
  std::optional<std::string> url;          ///< the value itself
  std::optional<std::string> file;         ///< read again before each attempt: tokens expire
  std::vector<DatabaseField> fields = {};  ///< --database by parts
  std::string scheme = {};                 ///< of the URL that a program gets; empty: as it was spelled
};

/// How the database is named by options instead of by variables of ours.
struct DatabaseOptions {
  std::string database;          ///< libpq's key=value pairs with placeholders, or one placeholder
  std::string migrate_database;  ///< the same for the owner
  std::string export_name;       ///< the application's variable for the URL; empty: it gets none
  std::string scheme;            ///< of the URLs that are composed; empty: postgresql, or as it was spelled
};

/// Every setting with its default: the one place of defaults, in one section for each part of the life cycle. Flags
/// override PG_ENTRYPOINT_… variables, which override the defaults below.
struct WaitingSettings {
  DatabaseSource database;
  std::chrono::milliseconds timeout = std::chrono::seconds(60);         ///< 0: for ever
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(5);  ///< per host, unless the URL has one
  std::chrono::milliseconds login_grace = std::chrono::seconds(10);     ///< how long a refused login is tried again
  bool create_database = false;                                         ///< if the server does not have it
  std::string create_database_options;                                  ///< owner=… template=… encoding=… locale=…
  std::string maintenance_database = "postgres";                        ///< connected to while it is created
};

struct MigratingSettings {
  std::string directory;                     ///< empty: ./migrations, else /migrations
  std::optional<std::string> history_table;  ///< nothing: pgentrypoint.history, or where an older release made it
  MigrateMode mode = MigrateMode::automatic;
  std::chrono::milliseconds await_timeout = std::chrono::minutes(15);  ///< for somebody else to migrate; 0: for ever
  std::optional<std::string> to;
  OutOfOrderMode out_of_order = OutOfOrderMode::refuse;
  bool allow_empty = false;
  bool allow_existing = false;
  bool allow_empty_database = false;
  bool allow_pooler = false;
  std::string role;
  std::string search_path;  ///< empty: the connection's own
  std::chrono::milliseconds advisory_lock_timeout = std::chrono::minutes(15);
  std::optional<std::int64_t> lock_key;                              ///< nothing: derived from the history table's name
  std::chrono::milliseconds lock_timeout = std::chrono::seconds(5);  ///< PostgreSQL's; 0: none
  unsigned lock_retries = 10;
  std::chrono::milliseconds statement_timeout = std::chrono::milliseconds(0);  ///< PostgreSQL's; 0: none
  OnStop on_stop = OnStop::cancel;  ///< what a stop does to the migration that is running
};

/// A project's own migrator.
struct MigratorSettings {
  std::string command_line;         ///< empty: migration files are applied
  std::vector<std::string> inputs;  ///< paths, and environment variables as env:NAME
  std::string state_query;
  bool cache = true;
  unsigned retries = 0;
  std::string user;     ///< as `ServingSettings::user`; empty: that one
  bool options = true;  ///< its sessions get settings of ours, by PGOPTIONS or in the URL
  std::optional<std::chrono::milliseconds>
      lock_timeout;                    ///< --lock-timeout where it was said: no default for a migrator
  std::string alembic;                 ///< ini, pyproject or folder; empty: found where Alembic finds it
  std::string alembic_version_table;   ///< [schema.]name; empty: as env.py says, where that is certain
  std::vector<std::string> variables;  ///< "NAME=value", for the migrator only: what --migrate-database names
};

struct ServingSettings {
  std::vector<std::string> command;        ///< the application and its arguments
  std::string command_hint;                ///< what to say when there is no such program: a slip for a command of ours?
  std::string user;                        ///< name|uid[:group|gid]; empty: the starting user
  std::vector<std::string> chown;          ///< directories given to `user` before waiting
  std::vector<std::string> env_files;      ///< more variables, in docker's format
  std::vector<std::string> file_env;       ///< NAME or PREFIX*: NAME_FILE is read into NAME
  std::vector<std::string> unset_env;      ///< variables that the application does not get
  std::optional<DatabaseSource> exported;  ///< the URL that the application gets
  std::optional<DatabaseSource> database;  ///< the application's own, where another one is used for migrating
  bool exec = false;
  bool no_database = false;           ///< no database is asked for anything
  std::vector<std::string> only_for;  ///< patterns of the commands for which the database is prepared; none: all
  std::vector<std::string> not_for;   ///< patterns of those for which it is not
  std::string passed_by;              ///< which of these three options leaves the database out for `command`; or empty
  std::chrono::milliseconds orphan_grace = std::chrono::seconds(3);
  StopSignals stop_signals;                                        ///< what stops waiting and migrating
  SignalRules signals;                                             ///< what the application gets instead
  bool group = false;                                              ///< its process group gets them
  std::chrono::milliseconds term_delay = std::chrono::seconds(0);  ///< before a stop is passed on
  std::chrono::milliseconds grace = std::chrono::seconds(0);       ///< after that, until SIGKILL; 0: none
  std::vector<unsigned> success_codes;                             ///< statuses of the application that count as 0
  int parent_death_signal = 0;                                     ///< what we get when our parent dies; 0: none
};

struct ReportingSettings {
  LogFormat format = LogFormat::text;
  bool quiet = false;
  bool debug = false;
  ErrorDetail error_detail = ErrorDetail::automatic;
  std::string termination_log = "/dev/termination-log";  ///< gets the cause of a failure, if it exists
  std::string metrics_file;                              ///< gets what a start has done; empty: none
  std::string trace_id;                                  ///< of TRACEPARENT, for each line; empty: none
};

/// What single commands take as arguments.
struct CommandArguments {
  bool json = false;                 ///< status
  bool for_migrations = false;       ///< wait
  std::string name;                  ///< new
  std::string version;               ///< baseline, accept
  bool replicated = false;           ///< accept
  std::optional<std::size_t> count;  ///< down
  bool live = false;                 ///< healthcheck
  bool ready = false;                ///< healthcheck
  std::string tcp;                   ///< healthcheck: HOST:PORT
  std::string http;                  ///< healthcheck: URL[=STATUS]
};

struct Settings {
  CommandName command = CommandName::run;
  DatabaseOptions database;
  WaitingSettings waiting;
  MigratingSettings migrating;
  MigratorSettings migrator;
  ServingSettings serving;
  ReportingSettings reporting;
  CommandArguments arguments;
};

/// Whether the command has to do with a database at all.
inline bool uses_database(const Settings& settings) {
  if (settings.command == CommandName::run) return settings.serving.passed_by.empty();
  return settings.command != CommandName::scaffold && settings.command != CommandName::healthcheck;
}

}  // namespace pge
