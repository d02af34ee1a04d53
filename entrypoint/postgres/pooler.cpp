#include "postgres/pooler.hpp"

#include <format>

#include "core/patience.hpp"
#include "postgres/connect.hpp"

namespace pge {

Result<bool> proves_shared(Session& session, const ConnectionSettings& settings) {
  constexpr milliseconds limit = patience::look_at_pooler;
  // The session may have been moved since it was opened.
  if (auto known = session.identify(patience::own_statement); !known) return fail(known.error());
  auto second = connect_beside(session, settings, limit, session.stop(), session.events());
  if (!second) return false;
  const auto known = second->identify(limit);
  const Backend& first = session.server().backend;
  return known && !first.started.empty() && second->server().backend == first;
}

Result<> begin_through_pooler(Session& session, const std::string& access, const std::string& settings) {
  auto begun = session.batch(std::format("begin isolation level read committed {}; {}", access, settings));
  if (begun) return begun;
  Error error = begun.error();
  // PgBouncer closes the connection with this message, which it does not translate.
  if (error.message.contains("statement pooling")) {
    return fail(ExitCode::configuration,
                "the connection pooler is in statement mode, in which there are no transactions: " + error.message,
                "set MIGRATE_DATABASE_URL to the server's own address, or to a pool in transaction or session mode");
  }
  return fail(std::move(error));
}

}  // namespace pge
