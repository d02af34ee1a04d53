#include "run/migrator_upgrade.hpp"

#include <algorithm>
#include <filesystem>
#include <format>
#include <utility>

#include "config/environment.hpp"
#include "core/strings.hpp"
#include "migrator/inputs.hpp"
#include "migrator/shell_words.hpp"
#include "process/run_child.hpp"

namespace pge {
namespace {

namespace fs = std::filesystem;

constexpr Backoff retry_pause{.initial = milliseconds(500), .maximum = milliseconds(10'000)};

/// For libpq's `options`: blanks and backslashes are escaped by a backslash.
std::string escaped(const std::string& value) {
  std::string out;
  for (const char c : value) {
    if (c == ' ' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

void set_variable(std::vector<std::string>& environment, const std::string& name, const std::string& value) {
  std::erase_if(environment, [&](const std::string& entry) { return entry.starts_with(name + "="); });
  environment.push_back(name + "=" + value);
}

}  // namespace

MigratorUpgrade::MigratorUpgrade(const Settings& settings, Log& log, const ChildSetting& child,
                                 std::vector<std::string> words)
    : settings_(settings),
      log_(log),
      child_(child),
      words_(std::move(words)),
      command_line_(joined(words_, " ")),
      name_(fs::path(words_.front()).filename().string()) {}

Result<std::unique_ptr<Upgrade>> MigratorUpgrade::open(const Settings& settings, Log& log, const ChildSetting& child) {
  auto words = split_words(settings.migrator);
  if (!words) return std::unexpected(words.error());
  std::unique_ptr<MigratorUpgrade> upgrade(new MigratorUpgrade(settings, log, child, *std::move(words)));
  // A misspelt command should not wait for a database first.
  auto found = find_candidates({.argv = upgrade->words_, .environment = child.environment});
  if (!found) return std::unexpected(found.error());
  if (auto known = upgrade->know_inputs(); !known) return std::unexpected(known.error());
  return upgrade;
}

/// The digest of the inputs, and how to ask for the state; where one of them is not known, the migrator runs each time.
Result<> MigratorUpgrade::know_inputs() {
  std::vector<std::string> paths = settings_.migrator_inputs;
  state_query_ = settings_.migrator_state;
  if (const auto choice = choose_alembic(settings_, words_, child_.environment)) {
    auto project = open_alembic(*choice);
    if (project) {
      alembic_ = *std::move(project);
      if (const auto several = several_heads(alembic_->graph); several && wants_one_head(words_)) return fail(*several);
      if (paths.empty()) paths = alembic_->inputs();
      if (state_query_.empty()) state_query_ = alembic_->config.state_query;
    } else {
      log_.warning("Alembic's files could not be read without Python: " + project.error().message,
                   {{"at", project.error().where.to_string()}, {"hint", project.error().hint}});
    }
  }
  if (!settings_.migrator_cache) return {};
  if (paths.empty()) {
    log_.info(std::format("the migrator runs at each start: a receipt needs --migrator-inputs{}",
                          state_query_.empty() ? " and --migrator-state" : ""));
    return {};
  }
  auto digest = digest_inputs({.words = words_, .state_query = state_query_, .paths = paths});
  if (digest && state_query_.empty()) {
    log_.info("the migrator runs at each start: a receipt needs --migrator-state");
  } else if (digest) {
    digest_ = *digest;
  } else if (settings_.migrator_inputs.empty()) {
    log_.warning("no receipts: " + digest.error().message);
  } else {
    return std::unexpected(digest.error());
  }
  return {};
}

/// What the database says now; nothing when it cannot be read: the migrator decides then.
Result<std::optional<std::string>> MigratorUpgrade::read_state(Session& session) {
  if (state_query_.empty()) return std::nullopt;
  auto rows = session.query(state_query_);
  if (!rows) {
    if (rows.error().connection_lost || rows.error().stop_signal != 0) return std::unexpected(rows.error());
    unreadable_ = rows.error().message;
    return std::nullopt;
  }
  std::string state;
  for (std::size_t row = 0; row < rows->size(); ++row) {
    for (std::size_t column = 0; column < rows->columns(); ++column) {
      state += (column > 0 ? "\t" : "") + rows->text(row, column);
    }
    state += '\n';
  }
  return state;
}

/// Without a receipt the revisions say what is pending, and whether the database is ahead of them.
bool MigratorUpgrade::pending_by_graph(const std::string& state) {
  const AlembicStatus status = describe_alembic(alembic_->graph, split(state, "\n"));
  if (!status.unknown.empty()) standing_ = Standing::ahead;
  return status.unknown.empty() && status.pending > 0;
}

Result<bool> MigratorUpgrade::pending(Session& session, History& history, bool) {
  standing_ = Standing::unknown;
  auto state = read_state(session);
  if (!state) return std::unexpected(state.error());
  if (!digest_.empty()) {
    auto rows = history.read();
    if (!rows) return std::unexpected(rows.error());
    standing_ = judge_receipts(*rows, digest_, *state);
  }
  if (standing_ != Standing::unknown) return false;
  // Only what Alembic's own query has said can be compared with its files.
  if (!alembic_ || !*state || state_query_ != alembic_->config.state_query || alembic_->graph.all().empty())
    return true;
  const bool checks = settings_.command == CommandName::check ||
                      (settings_.command == CommandName::run && settings_.migrate == MigrateMode::check);
  const bool behind = pending_by_graph(**state);
  if (checks) return behind;
  return standing_ != Standing::ahead;
}

void MigratorUpgrade::tell_done() const {
  if (standing_ == Standing::ahead) {
    log_.warning("the database is ahead of this image: the migrator was not run", {{"migrator", command_line_}});
  } else if (standing_ == Standing::current) {
    log_.info("nothing to do: these files have brought the database to this state before",
              {{"migrator", command_line_}, {"digest", digest_.substr(0, 12)}});
  } else {
    log_.info("nothing to do: the database has all of Alembic's revisions", {{"migrator", command_line_}});
  }
}

std::vector<std::string> MigratorUpgrade::pending_names() const {
  return {command_line_};
}

Error MigratorUpgrade::behind() const {
  return {.code = ExitCode::gave_way,
          .message = "the schema is behind, or nothing says that it is not: " + command_line_ + " has to run",
          .hint = "PG_ENTRYPOINT_MIGRATE=check only looks: run pg-entrypoint migrate first"};
}

/// The application's environment, except that DATABASE_URL is the migrating one, as it was spelt.
Result<Command> MigratorUpgrade::command(const Session& session) const {
  Command command{.argv = words_, .environment = application_environment(child_.environment)};
  auto url = read_database_url(settings_.database);
  if (!url) return std::unexpected(url.error());
  if (!url->empty()) {
    std::erase_if(command.environment,
                  [](const std::string& entry) { return entry.starts_with("DATABASE_URL_FILE="); });
    set_variable(command.environment, "DATABASE_URL", *url);
  }
  if (session.server().pooled) return command;  // a pooler refuses start-up options
  const char* given = environment_value(command.environment, "PGOPTIONS");
  std::string options = given == nullptr ? "" : std::string(given) + " ";
  // A killed client does not end its statement by itself: the server has to look whether it is still there.
  options += std::format("-c client_connection_check_interval=500 -c lock_timeout={}", settings_.lock_timeout.count());
  if (!settings_.role.empty()) options += " -c role=" + escaped(settings_.role);
  set_variable(command.environment, "PGOPTIONS", options);
  return command;
}

/// A line of the migrator's: masked as a whole, then in pieces that fit into an event.
void MigratorUpgrade::tell(std::string_view line) {
  constexpr std::size_t piece = 2000;
  const std::string masked = log_.redactor()(line);
  for (std::string_view rest = masked; !rest.empty();) {
    std::size_t end = rest.size() <= piece ? rest.size() : rest.rfind(' ', piece);
    if (end == std::string_view::npos || end == 0) end = std::min(piece, rest.size());
    while (end < rest.size() && (static_cast<unsigned char>(rest[end]) & 0xC0U) == 0x80U) ++end;
    log_.info(std::format("{}: {}", name_, rest.substr(0, end)));
    rest.remove_prefix(end);
  }
}

Result<> MigratorUpgrade::run_once(const Workbench& bench, const Command& command) {
  const ChildCare care{.line = [&](std::string_view line) { tell(line); },
                       .check = [&] { return bench.lock.verify(); },
                       .finish_on_stop = bench.finish_on_stop};
  auto outcome = run_child(command, child_.inherited, care, bench.session.stop());
  if (!outcome) return std::unexpected(outcome.error());
  const int status = exit_status(*outcome);
  if (status == 0) return {};
  const auto* signaled = std::get_if<Signaled>(&*outcome);
  return fail({.code = ExitCode::migration_failed,
               .message = signaled != nullptr
                              ? std::format("the migrator was killed by signal {}: {}", signaled->number, command_line_)
                              : std::format("the migrator ended with status {}: {}", status, command_line_),
               .hint = signaled != nullptr && signaled->number == SIGKILL
                           ? "out of memory? raise the container's limit"
                           : "what it said is above, after its name; correct that and start again"});
}

Result<> MigratorUpgrade::carry_out(const Workbench& bench) {
  // Before the migrator: a role that may not create the history should not find out afterwards.
  if (!digest_.empty()) {
    if (auto created = bench.history.create(bench.lock); !created) return created;
  }
  auto child = command(bench.session);
  if (!child) return std::unexpected(child.error());
  const auto started = Clock::now();
  bench.session.defer_stops(bench.finish_on_stop);
  Jitter jitter;
  for (unsigned tries = 0;; ++tries) {
    if (auto held = bench.lock.verify(); !held) return held;
    log_.info("running the migrator", {{"command", command_line_}});
    auto done = run_once(bench, *child);
    if (done) break;
    const bool failed = done.error().code == ExitCode::migration_failed && done.error().stop_signal == 0;
    if (!failed || tries >= settings_.migrator_retries) return done;
    const milliseconds pause = retry_pause.pause(tries, jitter());
    log_.warning(done.error().message + "; trying again",
                 {{"try", tries + 1}, {"of", settings_.migrator_retries + 1}, {"pause_ms", pause}});
    if (auto slept = bench.session.stop().pause(pause); !slept) return slept;
  }
  const auto took = std::chrono::duration_cast<milliseconds>(Clock::now() - started);
  log_.info("the migrator has ended well", {{"ms", took}});
  auto left = digest_.empty() ? Result<>() : leave_receipt(bench, took);
  bench.session.defer_stops(false);
  return left;
}

Result<> MigratorUpgrade::leave_receipt(const Workbench& bench, milliseconds took) {
  if (auto held = bench.lock.verify(); !held) return held;
  auto state = read_state(bench.session);
  if (!state) return std::unexpected(state.error());
  if (!*state) {
    log_.warning("no receipt: the state cannot be read, so the migrator will run at the next start too",
                 {{"query", state_query_}, {"message", unreadable_}});
    return {};
  }
  return bench.history.receipt(bench.lock, digest_, name_, **state, took);
}

}  // namespace pge
