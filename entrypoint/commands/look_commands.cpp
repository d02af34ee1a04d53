#include "commands/look_commands.hpp"

#include <algorithm>
#include <format>

#include "core/print.hpp"
#include "migrator/receipt.hpp"
#include "migrator/shell_words.hpp"
#include "plan/status.hpp"
#include "run/alembic_project.hpp"
#include "run/sql_upgrade.hpp"

namespace pge {
namespace {

Result<> look(Preparation& preparation, const std::function<Result<>(Session&, History&)>& work) {
  auto session = preparation.wait_for_database();
  if (!session) return std::unexpected(session.error());
  History history = preparation.history_of(*session);
  return work(*session, history);
}

/// Alembic's, when `--alembic` or the migrator says so; or when there are no migrations of ours here.
Result<std::optional<AlembicProject>> alembic_project(const Settings& settings, const ChildSetting& child) {
  std::vector<std::string> words;
  if (!settings.migrator.empty()) {
    auto split = split_words(settings.migrator);
    if (!split) return std::unexpected(split.error());
    words = std::move(*split);
  } else if (settings.alembic.empty()) {
    if (!settings.directory.empty() || SqlUpgrade::has_files(settings)) return std::nullopt;
  }
  const auto choice = choose_alembic(settings, words, child.environment);
  if (!choice) return std::nullopt;
  auto project = open_alembic(*choice);
  if (!project) return std::unexpected(project.error());
  return std::optional(*std::move(project));
}

Result<AlembicStatus> alembic_status(Session& session, const AlembicProject& project) {
  auto current = read_alembic_version(session, project.config);
  if (!current) return std::unexpected(current.error());
  return describe_alembic(project.graph, *std::move(current));
}

Result<> alembic_check(Session& session, const AlembicProject& project, bool one_head, Log& log, int& exit_status) {
  if (const auto several = several_heads(project.graph); several && one_head) return fail(*several);
  auto status = alembic_status(session, project);
  if (!status) return std::unexpected(status.error());
  if (!status->unknown.empty()) {
    log.warning("the database is ahead of this image: it is at a revision that no file here declares",
                {{"revision", status->unknown.front()}});
    return {};
  }
  const auto& revisions = project.graph.all();
  std::string list;
  for (std::size_t node = revisions.size(); node-- > 0;) {
    if (!status->applied[node]) list += std::format("pending {} {}\n", revisions[node].id, revisions[node].message);
  }
  if (auto printed = print(list); !printed) return printed;
  if (status->pending > 0) exit_status = static_cast<int>(ExitCode::pending);
  return {};
}

/// Of any other migrator only the receipts are known.
Result<> receipts_status(History& history, bool json) {
  auto rows = history.read();
  if (!rows) return std::unexpected(rows.error());
  return print(json ? receipts_json(*rows) : receipts_table(*rows));
}

}  // namespace

Result<> wait(Preparation& preparation) {
  auto session = preparation.wait_for_database();
  if (!session) return std::unexpected(session.error());
  return {};
}

Result<> status(Preparation& preparation, const ChildSetting& child) {
  const Settings& settings = preparation.settings();
  auto project = preparation.reading([&] { return alembic_project(settings, child); });
  if (!project) return std::unexpected(project.error());
  if (*project) {
    return look(preparation, [&](Session& session, History&) -> Result<> {
      auto status = alembic_status(session, **project);
      if (!status) return std::unexpected(status.error());
      const RevisionGraph& graph = (*project)->graph;
      return print(settings.json ? alembic_json(graph, *status) : alembic_table(graph, *status));
    });
  }
  if (!settings.migrator.empty()) {
    return look(preparation, [&](Session&, History& history) { return receipts_status(history, settings.json); });
  }
  auto upgrade = preparation.reading([&] { return SqlUpgrade::open(settings, preparation.log()); });
  if (!upgrade) return std::unexpected(upgrade.error());
  return look(preparation, [&](Session&, History& history) -> Result<> {
    if (auto rows = upgrade->read_rows(history); !rows) return rows;
    const auto lines = describe_status(upgrade->files(), upgrade->rows());
    return print(settings.json ? status_json(lines) : status_table(lines));
  });
}

Result<> check(Preparation& preparation, const ChildSetting& child, int& exit_status) {
  const Settings& settings = preparation.settings();
  auto project = preparation.reading([&] { return alembic_project(settings, child); });
  if (!project) return std::unexpected(project.error());
  if (*project) {
    return look(preparation, [&](Session& session, History&) {
      const auto words =
          settings.migrator.empty() ? Result<std::vector<std::string>>() : split_words(settings.migrator);
      const bool one_head = settings.migrator.empty() || (words && wants_one_head(*words));
      return alembic_check(session, **project, one_head, preparation.log(), exit_status);
    });
  }
  auto upgrade = preparation.reading([&] { return open_upgrade(settings, preparation.log(), child); });
  if (!upgrade) return std::unexpected(upgrade.error());
  return look(preparation, [&](Session& session, History& history) -> Result<> {
    auto pending = (*upgrade)->pending(session, history, true);
    if (!pending) return std::unexpected(pending.error());
    if (!*pending) return (*upgrade)->tell_done(), Result<>();
    std::string list;
    for (const std::string& name : (*upgrade)->pending_names()) list += std::format("pending {}\n", name);
    if (auto printed = print(list); !printed) return printed;
    exit_status = static_cast<int>(ExitCode::pending);
    return {};
  });
}

}  // namespace pge
