#include "commands.hpp"

#include <algorithm>
#include <chrono>
#include <format>
#include <fstream>

#include "core/print.hpp"
#include "migrate/status.hpp"
#include "pipeline.hpp"
#include "process/healthcheck.hpp"

namespace pge {
namespace {

/// What a command does with the history under the lock.
using LockedWork = std::function<Result<>(const Workbench&)>;

/// wait → lock → history → `work` → unlock.
Result<> change(Preparation& preparation, const LockedWork& work) {
  for (;;) {
    const auto once = [&]() -> Result<> {
      preparation.need_primary();
      auto session = preparation.wait_for_database();
      if (!session) return std::unexpected(session.error());
      if (auto ready = preparation.make_ready_to_write(*session); !ready) return ready;
      History history = preparation.history_of(*session);
      auto lock = preparation.take_lock(*session, history, false);
      if (!lock) return std::unexpected(lock.error());
      if (auto rows = preparation.read_rows(history); !rows) return rows;
      return preparation.under_lock(*session, **lock, history, work);
    };
    auto done = once();
    if (done) return done;
    if (!preparation.may_try_again(done.error())) return fail(preparation.final_error(done.error()));
  }
}

/// The version that stays on top when `plan` has been carried out; "0" when nothing stays.
std::string version_below(const std::vector<AppliedMigration>& rows, const std::vector<PlannedRevert>& plan) {
  std::string kept = "0";
  for (const AppliedMigration& row : rows) {
    const bool counts = row.kind == HistoryKind::versioned || row.kind == HistoryKind::baseline;
    const bool goes = std::ranges::contains(plan, &row, &PlannedRevert::applied);
    if (counts && !goes) kept = row.version;
  }
  return kept;
}

Result<> down(Preparation& preparation) {
  const Settings& settings = preparation.settings();
  RevertOptions options{.count = settings.count.value_or(1), .to = settings.to};
  return change(preparation, [&](const Workbench& bench) -> Result<> {
    auto plan = plan_revert(preparation.files(), preparation.rows(), options);
    if (!plan) return std::unexpected(plan.error());
    // After a lost connection the work starts again: by then "the last one" would be another one.
    options.to = version_below(preparation.rows(), *plan);
    auto reverted = revert(bench, *plan);
    if (!reverted) return std::unexpected(reverted.error());
    preparation.log().info("reverted", {{"count", *reverted}});
    return {};
  });
}

Result<std::string> version_given(const Settings& settings) {
  auto version = canonical_version(settings.version);
  if (version) return *version;
  return fail(ExitCode::usage, std::format("'{}' is not a version", settings.version),
              "a version is the number at the start of a migration's file name");
}

Result<> baseline(Preparation& preparation) {
  auto version = version_given(preparation.settings());
  if (!version) return std::unexpected(version.error());
  return change(preparation, [&](const Workbench& bench) -> Result<> {
    for (const AppliedMigration& row : preparation.rows()) {
      if (row.kind == HistoryKind::baseline && row.version == *version) {
        preparation.log().info("the baseline is recorded already", {{"version", *version}});
        return {};
      }
      if (row.kind == HistoryKind::versioned || row.kind == HistoryKind::baseline) {
        return fail(ExitCode::configuration,
                    std::format("the history is not empty: it begins with {}_{}", row.version, row.name),
                    "a baseline is for a schema that was made before the history; see pg-entrypoint status");
      }
    }
    if (auto created = bench.history.create(bench.lock); !created) return created;
    if (auto stamped = bench.history.baseline(bench.lock, *version, "baseline"); !stamped) return stamped;
    preparation.log().info("baseline recorded", {{"version", *version}});
    return {};
  });
}

Result<> accept(Preparation& preparation) {
  auto version = version_given(preparation.settings());
  if (!version) return std::unexpected(version.error());
  const Migration* file = find_migration(preparation.files(), *version);
  if (file == nullptr) {
    return fail(ExitCode::usage, std::format("there is no migration file of version {}", *version),
                "pg-entrypoint status lists them");
  }
  return change(preparation, [&](const Workbench& bench) -> Result<> {
    const auto row = std::ranges::find_if(preparation.rows(), [&](const AppliedMigration& applied) {
      return applied.kind == HistoryKind::versioned && applied.version == *version;
    });
    if (row == preparation.rows().end()) {
      return fail(ExitCode::usage,
                  std::format("migration {} is not applied: there is nothing to accept", file->label()),
                  "pg-entrypoint migrate applies it");
    }
    if (auto accepted = bench.history.accept(bench.lock, *version, file->checksum, file->up.size()); !accepted)
      return accepted;
    preparation.log().info("checksum accepted", {{"version", *version}, {"checksum", file->checksum.substr(0, 12)}});
    return {};
  });
}

Result<> look(Preparation& preparation, const std::function<Result<>(History&)>& work) {
  auto session = preparation.wait_for_database();
  if (!session) return std::unexpected(session.error());
  History history = preparation.history_of(*session);
  return work(history);
}

Result<> status(Preparation& preparation) {
  return look(preparation, [&](History& history) -> Result<> {
    if (auto rows = preparation.read_rows(history); !rows) return rows;
    const auto lines = describe_status(preparation.files(), preparation.rows());
    return print(preparation.settings().json ? status_json(lines) : status_table(lines));
  });
}

/// 0 up to date, 3 pending; what is wrong with files or history is an error as everywhere.
Result<> check(Preparation& preparation, int& exit_status) {
  return look(preparation, [&](History& history) -> Result<> {
    auto plan = preparation.read_plan(history, true);
    if (!plan) return std::unexpected(plan.error());
    std::string list;
    for (const PlannedMigration& pending : (*plan)->pending) {
      list += std::format("pending {}\n", pending.migration->label());
    }
    if (auto printed = print(list); !printed) return printed;
    preparation.tell_ahead();
    if (!(*plan)->empty()) exit_status = static_cast<int>(ExitCode::pending);
    return {};
  });
}

Result<> wait(Preparation& preparation) {
  auto session = preparation.wait_for_database();
  if (!session) return std::unexpected(session.error());
  return {};
}

Result<> dispatch(Preparation& preparation, int& exit_status) {
  switch (preparation.settings().command) {
    case CommandName::migrate:
      return prepare(preparation);
    case CommandName::wait:
      return wait(preparation);
    case CommandName::status:
      return status(preparation);
    case CommandName::check:
      return check(preparation, exit_status);
    case CommandName::down:
      return down(preparation);
    case CommandName::baseline:
      return baseline(preparation);
    case CommandName::accept:
      return accept(preparation);
    case CommandName::run:
    case CommandName::scaffold:
    case CommandName::healthcheck:
      break;
  }
  return fail(ExitCode::internal, "a command without a stage");
}

}  // namespace

int run_command(const Settings& settings, Log& log) {
  StopToken stop;
  int exit_status = 0;
  auto preparation = Preparation::open(settings, log, stop);
  auto done = preparation ? dispatch(*preparation, exit_status) : Result<>(std::unexpected(preparation.error()));
  if (done) return exit_status;
  log.report(done.error());
  PrepareReport::shared().end_told = true;
  return done.error().exit_status();
}

int run_new(const Settings& settings, Log& log) {
  const auto now = std::chrono::floor<seconds>(std::chrono::system_clock::now());
  std::string name;
  for (const char c : settings.name) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (plain) name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (!plain && !name.empty() && !name.ends_with('_')) name += '_';
  }
  while (name.ends_with('_')) name.pop_back();
  const std::string directory = settings.directory.empty() ? "migrations" : settings.directory;
  const std::string path = std::format("{}/{:%Y%m%d%H%M%S}_{}.sql", directory, now, name);
  const auto refuse = [&](ExitCode code, std::string message, std::string hint) {
    const Error error{.code = code, .message = std::move(message), .hint = std::move(hint)};
    log.report(error);
    return error.exit_status();
  };
  if (name.empty()) {
    return refuse(ExitCode::usage, std::format("'{}' gives no file name", settings.name), "use letters and digits");
  }
  std::ofstream file(path, std::ios::noreplace);
  file << "-- What this migration does, and why. It runs in one transaction.\n\n\n-- migrate:down\n\n";
  file.close();
  if (!file) {
    return refuse(ExitCode::no_input, std::format("{} cannot be written", path),
                  std::format("is there a directory {}, and may you write into it? mkdir {}", directory, directory));
  }
  if (auto printed = print(path + "\n"); !printed) {
    return refuse(printed.error().code, std::format("{} was written, but {}", path, printed.error().message),
                  printed.error().hint);
  }
  return 0;
}

int run_healthcheck() {
  const auto state = find_serving();
  // The exit code is the answer, also where the word cannot be written.
  [[maybe_unused]] const auto printed = print((state ? *state : state.error().message) + "\n");
  return state && *state == "serving" ? 0 : 1;
}

}  // namespace pge
