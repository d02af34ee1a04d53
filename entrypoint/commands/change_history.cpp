#include "commands/change_history.hpp"

#include <format>

#include "plan/plan.hpp"

namespace pge {

Result<SqlUpgrade> read_files(Database& database, bool may_lack) {
  const DeliverStops deliver(database.stop());
  const Context& context = database.context();
  auto opened = SqlUpgrade::open(context.settings.migrating, context.log);
  const auto read = opened.finish_reading();
  const bool lacks = !read && read.error().code == ExitCode::no_input;
  if (lacks && may_lack && context.settings.migrating.directory.empty()) {
    return SqlUpgrade(context.settings.migrating, context.log);
  }
  // What these commands do concerns files that are applied.
  if (auto parsed = opened.parse_files(); !parsed) return fail(parsed.error());
  return opened;
}

Result<std::string> version_given(const Context& context) {
  const std::string& typed = context.settings.arguments.version;
  auto version = canonical_version(typed);
  if (version) return *version;
  return fail(ExitCode::usage, std::format("'{}' is not a version", typed),
              "a version is the number at the start of a migration's file name");
}

Result<const Migration*> file_of(const SqlUpgrade& upgrade, const std::string& version) {
  const Migration* file = find_migration(upgrade.files(), {.version = version});
  if (file != nullptr) return file;
  return fail(ExitCode::usage, std::format("there is no migration file of version {}", version),
              "pg-entrypoint status lists them");
}

}  // namespace pge
