#pragma once

#include "core/error.hpp"
#include "history/history.hpp"
#include "postgres/session.hpp"

namespace pge {

/// The wrong-target guard: a database without history of ours, but with tables in the target schema (the first of
/// search_path that exists; extensions' tables ignored), is somebody else's or was made by hand. Fails with
/// `configuration`, naming `baseline` and `--allow-existing`. Call under the session profile.
Result<> refuse_existing_tables(Session& session, const HistoryTable& table);

}  // namespace pge
