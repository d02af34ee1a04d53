#pragma once

#include "postgres/session.hpp"
#include "run/context.hpp"

namespace pge {

/// After an upgrade by an owner of its own: warns of tables of that owner's that the role of the application's database
/// URL cannot read, with the statements that let it. Says nothing where that role is not known.
void tell_unreadable_tables(const Context& context, Session& session);

}  // namespace pge
