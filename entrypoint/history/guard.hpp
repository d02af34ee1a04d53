#pragma once

#include "core/error.hpp"
#include "history/history.hpp"
#include "postgres/session.hpp"

namespace pge {

/// The guard against a wrong target. A database that has no history table but has tables in the target schema (the
/// first one of search_path that exists; tables of extensions are ignored) belongs to somebody else or was created by
/// hand. Fails with `configuration`, naming `baseline` and `--allow-existing`. Call under the session profile.
Result<> refuse_existing_tables(Session& session, const HistoryTable& table);

}  // namespace pge
