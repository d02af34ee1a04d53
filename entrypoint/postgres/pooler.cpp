#include "postgres/pooler.hpp"

#include <format>

#include "core/patience.hpp"
#include "postgres/connect.hpp"
#include "postgres/tcp_ends.hpp"

namespace pge {

namespace {

/// Whether nothing between us and the server ends our connection and leads on by another one. Through an address that
/// is translated it cannot be seen.
Result<bool> reaches_server_itself(Session& session) {
  const std::string ours = tcp_ends_of(session.socket());
  if (ours.empty()) return false;
  auto seen = session.query(tcp_ends_sql);
  if (!seen && (session.closed() || seen.error().is_stop())) return fail(seen.error());
  return seen && seen->text(0, 0) == ours;
}

}  // namespace

Result<bool> proves_shared(Session& session, const ConnectionSettings& settings) {
  constexpr milliseconds limit = patience::look_at_pooler;
  auto direct = reaches_server_itself(session);
  if (!direct) return fail(direct.error());
  if (*direct) return false;
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
