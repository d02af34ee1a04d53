#pragma once

#include <memory>
#include <optional>

#include "core/error.hpp"
#include "migrator/alembic_project.hpp"
#include "run/context.hpp"
#include "run/upgrade.hpp"

namespace pge {

/// The Alembic project that `--alembic` or the migrator names, or that is here while there are no migration files,
/// with how it was chosen.
struct ChosenAlembic {
  AlembicChoice choice;
  AlembicProject project;
};

/// Nothing when there is none. A stop ends the process while it reads.
Result<std::optional<ChosenAlembic>> find_alembic_project(const Context& context, const StopToken& stop);

/// What `check` and `wait --for-migrations` look at: migration files, a migrator, or an Alembic project without one.
Result<std::unique_ptr<Upgrade>> open_for_look(const Context& context, Purpose purpose, const StopToken& stop);

/// The database's revisions beside the project's.
Result<AlembicStatus> read_alembic_status(Session& session, const AlembicProject& project);

}  // namespace pge
