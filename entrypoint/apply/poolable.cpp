#include "apply/poolable.hpp"

#include <format>

#include "sql/statement_kind.hpp"
#include "sql/tokens.hpp"

namespace pge {
namespace {

constexpr const char* directly = "set MIGRATE_DATABASE_URL to the server's own address, without --allow-pooler";

/// Whether a statement gives a setting with a name of the application's own (`app.tenant`) a value for the session. The
/// server does not list these, so it could not be taken back (see PooledState).
bool sets_own_setting(std::string_view sql) {
  if (!is_session_setting(sql)) return false;
  SqlTokens tokens(sql);
  if (tokens.accept("SET")) {
    tokens.accept("SESSION");
    return tokens.next().text.contains('.') || tokens.accept('.');  // "app.tenant" may be one quoted name
  }
  // set_config: the first string of each call is a name. A value with a dot is refused as well; that is the safe side.
  while (tokens.peek().kind != TokenKind::end) {
    const Token token = tokens.next();
    if (token.kind == TokenKind::string && token.text.contains('.')) return true;
  }
  return false;
}

Error refused(const std::string& label, std::string_view reason, const Part& part, std::size_t offset,
              std::string hint) {
  return {.code = ExitCode::configuration,
          .message = std::format("migration {} cannot be run through a connection pooler: {}", label, reason),
          .hint = std::move(hint),
          .where = part.source.at(offset)};
}

}  // namespace

Result<> check_poolable(const std::string& label, const Part& part) {
  if (!part.transactional) {
    return fail(
        refused(label, "it has no transaction, and nothing but a transaction keeps the lock there", part, 0, directly));
  }
  if (part.shape.isolation.value_or(Isolation::read_committed) != Isolation::read_committed) {
    return fail(
        refused(label, "it has an isolation level of its own, and the history is read in READ COMMITTED before it runs",
                part, 0, directly));
  }
  for (const Statement statement : part.statements) {
    if (!sets_own_setting(statement.sql)) continue;
    return fail(refused(label, "this setting would stay on a server connection that others use as well", part,
                        statement.offset, std::format("use SET LOCAL; or {}", directly)));
  }
  return {};
}

}  // namespace pge
