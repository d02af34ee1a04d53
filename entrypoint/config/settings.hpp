#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

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
enum class MigrateMode : std::uint8_t { automatic, check, off };
enum class OutOfOrderMode : std::uint8_t { refuse, apply };
enum class OnStop : std::uint8_t { cancel, finish };
enum class LogFormat : std::uint8_t { text, json };
enum class ErrorDetail : std::uint8_t { automatic, safe, full };

/// Where the connection settings come from. Exactly one is set, or neither: then libpq reads its own PG* variables.
struct DatabaseSource {
  std::string variable;             ///< the name to speak of in messages: "DATABASE_URL", "MIGRATE_DATABASE_URL_FILE"
  std::optional<std::string> url;   ///< the value itself
  std::optional<std::string> file;  ///< read again before each attempt: tokens expire
};

/// Every setting with its default: the one place of defaults. Flags go over PG_ENTRYPOINT_… variables, these over
/// the defaults below.
struct Settings {
  CommandName command = CommandName::run;
  std::vector<std::string> application;  ///< run: the command and its arguments
  std::string command_hint;              ///< run: what to type when that command is not found; empty: nothing

  // Waiting
  DatabaseSource database;
  std::chrono::milliseconds wait_timeout = std::chrono::seconds(60);    ///< 0: for ever
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(5);  ///< per host, unless the URL has one
  std::chrono::milliseconds login_grace = std::chrono::seconds(10);     ///< how long a refused login is tried again

  // Migrating
  std::string directory;  ///< empty: ./migrations, else /migrations
  std::string history_table = "public.pg_entrypoint_history";
  MigrateMode migrate = MigrateMode::automatic;
  std::optional<std::string> to;
  OutOfOrderMode out_of_order = OutOfOrderMode::refuse;
  bool allow_empty = false;
  bool allow_existing = false;
  bool allow_pooler = false;
  std::string role;
  std::string search_path;  ///< empty: the connection's own
  std::chrono::milliseconds advisory_lock_timeout = std::chrono::minutes(15);
  std::chrono::milliseconds lock_timeout = std::chrono::seconds(5);  ///< PostgreSQL's; 0: none
  unsigned lock_retries = 10;
  std::chrono::milliseconds statement_timeout = std::chrono::milliseconds(0);  ///< PostgreSQL's; 0: none

  OnStop on_stop = OnStop::cancel;  ///< what a stop does to the migration that is running

  // A project's own migrator
  std::string migrator;  ///< a command line; empty: migrations are ours
  std::vector<std::string> migrator_inputs;
  std::string migrator_state;
  bool migrator_cache = true;
  unsigned migrator_retries = 0;
  std::string alembic;  ///< ini, pyproject or folder; empty: found where Alembic finds it

  // Serving
  std::string user;                ///< name|uid[:group|gid]; empty: the starting user
  std::vector<std::string> chown;  ///< directories given to `user` before waiting
  bool exec = false;
  std::chrono::milliseconds orphan_grace = std::chrono::seconds(3);

  // Reporting
  LogFormat log_format = LogFormat::text;
  bool quiet = false;
  bool debug = false;
  ErrorDetail error_detail = ErrorDetail::automatic;
  bool json = false;  ///< status

  // Commands' own arguments
  std::string name;                  ///< new
  std::string version;               ///< baseline, accept
  std::optional<std::size_t> count;  ///< down
};

}  // namespace pge
