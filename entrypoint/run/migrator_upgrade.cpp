#include "run/migrator_upgrade.hpp"

#include <algorithm>
#include <filesystem>
#include <format>
#include <utility>

#include "core/strings.hpp"
#include "migrator/goal.hpp"
#include "migrator/migrator_environment.hpp"
#include "migrator/migrator_run.hpp"
#include "migrator/record.hpp"
#include "migrator/session_check.hpp"
#include "migrator/shell_words.hpp"
#include "process/command.hpp"
#include "run/application.hpp"

namespace pge {
namespace {

/// As the state before a run that could not be read is stored. The text of one that could be read is empty or ends
/// with a line feed.
constexpr const char* unreadable_state = "unreadable";

Error hidden_state(Error error) {
  error.hint = "grant select on what the migrator's state is read from (for Alembic alembic_version) to this role";
  return error;
}

/// Whether anybody could see that the migrator has run.
Result<> check_visible(const MigratorProject& project) {
  if (project.no_judgement) return fail(*project.no_judgement);
  if (project.can_be_judged()) return {};
  return fail(ExitCode::configuration, "nothing shows when this migrator has run, so it cannot be waited for",
              "give --migrator-inputs and --migrator-state, here and where it runs, and leave --migrator-cache on");
}

}  // namespace

MigratorUpgrade::MigratorUpgrade(const Context& context, Purpose purpose, MigratorProject project)
    : context_(context),
      purpose_(purpose),
      project_(std::move(project)),
      command_line_(command_line_of(project_.words)) {}

Result<std::unique_ptr<Upgrade>> MigratorUpgrade::open(const Context& context, Purpose purpose) {
  auto project = MigratorProject::open(context.settings.migrator, context.environment, context.log);
  if (!project) return fail(project.error());
  if (purpose == Purpose::await) {
    if (auto visible = check_visible(*project); !visible) return fail(visible.error());
  }
  auto upgrade = std::make_unique<MigratorUpgrade>(context, purpose, *std::move(project));
  if (purpose == Purpose::apply) {
    if (auto taken = upgrade->take_on_user(); !taken) return fail(taken.error());
    if (auto sound = look_at_command(context, upgrade->command()); !sound) return fail(sound.error());
  }
  if (upgrade->project_.several_heads) return fail(*upgrade->project_.several_heads);
  return upgrade;
}

/// The application's user unless --migrator-user names another one: what a migrator writes, the application reads.
Result<> MigratorUpgrade::take_on_user() {
  const std::string& own = context_.settings.migrator.user;
  const std::string& user = own.empty() ? context_.settings.serving.user : own;
  if (user.empty()) return {};
  auto identity = identity_for(user, own.empty() ? "--user" : "--migrator-user");
  if (!identity) return fail(identity.error());
  identity_ = *std::move(identity);
  return {};
}

Command MigratorUpgrade::command() const {
  return {.argv = project_.words, .environment = context_.environment, .identity = identity_};
}

Result<bool> MigratorUpgrade::pending(Session& session, History& history, Strictness strictness) {
  if (purpose_ != Purpose::apply && project_.no_judgement) return fail(*project_.no_judgement);
  auto findings =
      judge_migrator(session, history, project_, purpose_ == Purpose::await ? Runs::of_any_role : Runs::of_this_role);
  if (!findings) return fail(findings.error());
  findings_ = *std::move(findings);
  if (const auto& unreadable = findings_.state.unreadable; purpose_ == Purpose::await && unreadable) {
    // Otherwise it would be waited for what this role will never see.
    if (unreadable->code == ExitCode::refused) return fail(hidden_state(*unreadable));
  }
  const Judgement& judgement = findings_.judgement;
  const bool has_heads = project_.by_graph && judgement.verdict == Verdict::up_to_date && judgement.foreign.empty();
  if (has_heads && purpose_ == Purpose::apply && strictness == Strictness::lenient && !heads_recorded_) {
    if (auto recorded = record_heads(session, history, project_, findings_.state); !recorded) {
      return fail(recorded.error());
    }
    heads_recorded_ = true;
  }
  return judgement.must_run();
}

void MigratorUpgrade::tell_done() const {
  Log& log = context_.log;
  const bool is_ahead = findings_.judgement.verdict == Verdict::ahead;
  if (is_ahead && project_.by_graph && purpose_ != Purpose::apply) {
    log.warning("the database is ahead of this image: it is at a revision that no file here declares",
                {{"revision", findings_.judgement.foreign.front()}});
  } else if (is_ahead) {
    log.warning("the database is ahead of this image: the migrator was not run", {{"migrator", command_line_}});
  } else if (project_.by_graph) {
    log.info("nothing to do: the database has all of Alembic's revisions", {{"migrator", command_line_}});
  } else {
    log.info("nothing to do: the same inputs have already brought the database to this state",
             {{"migrator", command_line_}, {"digest", project_.inputs.substr(0, 12)}});
  }
}

std::vector<std::string> MigratorUpgrade::pending_names() const {
  const Judgement& judgement = findings_.judgement;
  if (!judgement.foreign.empty()) {
    return {std::format("{}: the database is at {}, which no file here declares", command_line_,
                        joined(judgement.foreign))};
  }
  if (judgement.missing.empty()) return {command_line_};
  std::vector<std::string> names;
  for (const std::string& id : judgement.missing) {
    const auto revision = std::ranges::find(project_.alembic->graph.all(), id, &Revision::id);
    names.push_back(id + " " + revision->message);
  }
  return names;
}

std::vector<Field> MigratorUpgrade::progress() const {
  if (!project_.by_graph || findings_.judgement.missing.empty()) return {{"migrator", command_line_}};
  return {{"pending", findings_.judgement.missing.size()},
          {"of", project_.alembic->graph.all().size()},
          {"next", findings_.judgement.missing.front()}};
}

Error MigratorUpgrade::behind() const {
  const Judgement& judgement = findings_.judgement;
  Error error{.code = ExitCode::gave_way,
              .message = "the schema is behind, or its state is unknown: " + command_line_ + " has to run",
              .hint = check_hint};
  if (!judgement.foreign.empty()) {
    error.hint = hint_for_foreign(project_, judgement);
  } else if (!judgement.missing.empty()) {
    error.message =
        std::format("the schema is behind: {} of {} revisions are missing, the first is {}", judgement.missing.size(),
                    project_.alembic->graph.all().size(), judgement.missing.front());
  } else if (!context_.settings.migrator.cache) {
    error.hint += "; --migrator-cache=off judges nothing, so check needs it on";
  }
  return error;
}

Result<> MigratorUpgrade::check_poolable() const {
  return fail(
      ExitCode::configuration,
      "a migrator cannot be run through a connection pooler: it has a connection of its own, and the lock would "
      "not be kept while it runs",
      "set MIGRATE_DATABASE_URL to the server's own address, without --allow-pooler");
}

Result<> MigratorUpgrade::carry_out(Turn& turn) {
  if (project_.can_be_judged()) {
    if (auto made = make_room(turn); !made) return made;
  }
  const std::string name = std::filesystem::path(project_.words.front()).filename().string();
  const auto started = Clock::now();
  turn.session.defer_stops(turn.finish_on_stop);
  if (auto done = run(turn, name); !done) {
    Error error = done.error();
    if (error.code == ExitCode::migration_failed && !error.is_stop()) error.hint = hint_for_failure(turn, error.hint);
    return fail(std::move(error));
  }
  const auto took = std::chrono::duration_cast<milliseconds>(Clock::now() - started);
  context_.log.info("migrator finished", {{"ms", took}});
  applied_ += pending_names().size();
  auto looked = project_.can_be_judged() ? look_at_result(turn, name, took) : Result<>();
  turn.session.defer_stops(false);
  return looked;
}

/// What is known besides: revisions that no file of ours has, files that nobody could read, where the database is now.
std::string MigratorUpgrade::hint_for_failure(const Turn& turn, const std::string& hint) const {
  if (!findings_.judgement.foreign.empty()) return hint_for_foreign(project_, findings_.judgement);
  if (project_.unreadable) {
    const std::string file = project_.unreadable->where.to_string();
    return std::format("perhaps because {}{}; {}", project_.unreadable->message,
                       file.empty() ? "" : std::format(" ({})", file), hint);
  }
  if (!project_.by_graph) return hint;
  const auto left = read_state(turn.session, project_);
  const bool is_seen = left && (left->text || left->has_no_table());
  return is_seen ? std::format("{}; the database {}", hint, place_of(*left)) : hint;
}

Result<> MigratorUpgrade::run(Turn& turn, const std::string& name) {
  const Settings& settings = context_.settings;
  auto environment = migrator_environment(settings, context_.environment, turn.profile.safety());
  if (!environment) return fail(environment.error());
  // libpq looks there for passwords and certificates, in the migrator as in the session that is looked at.
  if (identity_) set_variable(environment->variables, "HOME", identity_->home);
  if (auto seen = check_sessions(turn, settings, *environment, context_.log); !seen) return seen;
  const MigratorCommand migrator{
      .command = {.argv = project_.words, .environment = std::move(environment->variables), .identity = identity_},
      .command_line = command_line_,
      .name = name,
      .passed = environment->passed ? std::move(environment->wanted) : std::vector<StartupSetting>(),
      .lock_timeout = settings.migrator.lock_timeout.value_or(milliseconds(0))};
  return run_migrator(turn, migrator, settings.migrator.retries, context_.inherited, *context_.lifeline, context_.log);
}

/// Whether the run has reached its goal, where that can be seen; and a record of what it has shown.
Result<> MigratorUpgrade::look_at_result(const Turn& turn, const std::string& name, milliseconds took) {
  if (auto held = turn.lock.verify(); !held) return held;
  auto left = read_state(turn.session, project_);
  if (!left) return fail(left.error());
  if (project_.by_graph) {
    if (auto missed = missed_goal(project_, findings_.state, *left)) return fail(*std::move(missed));
  } else if (!left->text) {
    context_.log.warning("no receipt: the state cannot be read, so the migrator will run at the next start too",
                         {Field::sql("query", project_.state_query), {"message", left->unreadable->message}});
    return {};
  }
  const RunToRecord run{.found = findings_.state.text.value_or(unreadable_state), .migrator = name, .took = took};
  return record_run(turn, project_, run, *left);
}

}  // namespace pge
