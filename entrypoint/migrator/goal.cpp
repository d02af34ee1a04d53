#include "migrator/goal.hpp"

#include <format>

#include "core/strings.hpp"
#include "migrator/judge_graph.hpp"

namespace pge {
namespace {

constexpr const char* without_looking = "--migrator-cache=off starts without looking";

std::string reached(const MigratorState& left) {
  if (left.has_no_table()) return "has no version table: " + left.unreadable->message;
  if (left.unreadable) return "cannot be asked for its revision: " + left.unreadable->message;
  return place_of(left);
}

std::string likely_reason(const MigratorProject& project, const MigratorState& found, const MigratorState& left) {
  if (left.unreadable && !left.has_no_table()) {
    return std::format(
        "let this role (or --role) read the version table, or name the right one with "
        "--alembic-version-table; {}",
        without_looking);
  }
  if (left.has_no_table() && !project.alembic->config.table_assumption.empty()) {
    return std::format(
        "if the application gives Migrate() a version_table, name it with --alembic-version-table; does "
        "the application use another database than DATABASE_URL? {}",
        without_looking);
  }
  if (found.text == left.text) {
    return std::format(
        "nothing has changed in the database that DATABASE_URL names: does env.py return early, or "
        "connect to another database (alembic.ini, a setting of its own)? {}",
        without_looking);
  }
  return std::format("does env.py stop before head, or read other revisions than those in {}? {}",
                     joined(project.alembic->config.version_locations), without_looking);
}

}  // namespace

std::string place_of(const MigratorState& left) {
  return left.first_column.empty() ? "is at no revision" : "is at " + joined(left.first_column);
}

std::optional<Error> missed_goal(const MigratorProject& project, const MigratorState& found,
                                 const MigratorState& left) {
  const Judgement judgement = judge_graph(project.alembic->graph, left.first_column);
  const bool is_seen = left.text || left.has_no_table();
  if (is_seen && judgement.verdict == Verdict::up_to_date) return std::nullopt;
  Error error{.code = ExitCode::migration_failed,
              .message = std::format("the migrator exited with status 0, but the database {}", reached(left)),
              .hint = likely_reason(project, found, left)};
  if (is_seen && !judgement.missing.empty()) {
    error.message +=
        std::format("; missing: {}{}", judgement.missing.front(),
                    judgement.missing.size() == 1 ? "" : std::format(" and {} more", judgement.missing.size() - 1));
  }
  return error;
}

std::string hint_for_foreign(const MigratorProject& project, const Judgement& judgement) {
  return std::format(
      "the database is at {}, which no file of this image declares, and nothing proves that it has this image's {}: "
      "deploy "
      "the image that has {}, or start once with --migrate=off (PG_ENTRYPOINT_MIGRATE=off)",
      joined(judgement.foreign), joined(project.alembic->graph.ids_where(&RevisionGraph::is_head)),
      joined(judgement.foreign));
}

}  // namespace pge
