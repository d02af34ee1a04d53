#include "postgres/foreign_parameters.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace pge {
namespace {

using enum ForeignAction;

// Sources: the manuals of asyncpg, SQLAlchemy, psycopg_pool, Prisma, node-postgres, JDBC, Npgsql-style URLs, pgx,
// Django (dj-database-url) and Rails.
constexpr auto table = std::to_array<ForeignParameter>({
    {"schema", search_path},
    {"search_path", search_path},
    {"currentSchema", search_path},
    {"schema_search_path", search_path},
    {"ssl", sslmode},
    {"timeout", rename, "connect_timeout"},
    {"connectTimeout", rename, "connect_timeout"},
    {"loginTimeout", rename, "connect_timeout"},
    {"username", rename, "user"},
    {"database", rename, "dbname"},
    {"encoding", rename, "client_encoding"},
    {"charset", rename, "client_encoding"},
    {"ApplicationName", rename, "application_name"},
    {"async_fallback", drop},
    {"checkout_timeout", drop},
    {"command_timeout", drop},
    {"conn_health_checks", drop},
    {"conn_max_age", drop},
    {"connection_limit", drop},
    {"default_query_exec_mode", drop},
    {"direct_tls", drop},
    {"disable_server_side_cursors", drop},
    {"echo", drop},
    {"idle_timeout", drop},
    {"max_cacheable_statement_size", drop},
    {"max_cached_statement_lifetime", drop},
    {"max_overflow", drop},
    {"pgbouncer", drop},
    {"pool", drop},
    {"pool_max_conn_idle_time", drop},
    {"pool_max_conn_lifetime", drop},
    {"pool_max_conns", drop},
    {"pool_min_conns", drop},
    {"pool_pre_ping", drop},
    {"pool_recycle", drop},
    {"pool_size", drop},
    {"pool_timeout", drop},
    {"prepareThreshold", drop},
    {"prepared_statement_cache_size", drop},
    {"prepared_statement_name_func", drop},
    {"prepared_statements", drop},
    {"reconnect", drop},
    {"socketTimeout", drop},
    {"socket_timeout", drop},
    {"statement_cache_capacity", drop},
    {"statement_cache_size", drop},
    {"stringtype", drop},
    {"tcpKeepAlive", drop},
    {"uselibpqcompat", drop},
});

}  // namespace

const ForeignParameter* find_foreign_parameter(std::string_view name) noexcept {
  const auto* found = std::ranges::find(table, name, &ForeignParameter::name);
  return found == table.end() ? nullptr : found;
}

std::optional<std::string> translate_sslmode(std::string_view value) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 12> spellings{{
      {"true", "require"},
      {"True", "require"},
      {"1", "require"},
      {"on", "require"},
      {"false", "disable"},
      {"False", "disable"},
      {"0", "disable"},
      {"off", "disable"},
      {"no-verify", "require"},
      {"verify_ca", "verify-ca"},
      {"verify_full", "verify-full"},
      {"", "require"},
  }};
  for (const std::string_view mode : {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}) {
    if (value == mode) return std::string(value);
  }
  for (const auto& [spelling, mode] : spellings) {
    if (value == spelling) return std::string(mode);
  }
  return std::nullopt;
}

}  // namespace pge
