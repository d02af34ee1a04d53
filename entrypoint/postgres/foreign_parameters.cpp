#include "postgres/foreign_parameters.hpp"

#include <algorithm>
#include <array>

namespace pge {
namespace {

using enum ForeignAction;

/// What has an equal, or must not be left out. Sources: the manuals of the drivers and frameworks that are named.
/// docs/urls.md has an example of each.
constexpr auto mapped_parameters = std::to_array<ForeignParameter>({
    // The schema to work in: Prisma, SQLAlchemy, JDBC, Rails, dbmate, R2DBC, Npgsql.
    {"schema", search_path},
    {"currentSchema", search_path},
    {"search_path", search_path},
    {"searchPath", search_path},
    {"schema_search_path", search_path},
    {"searchpath", search_path, {}, Dialect::keys},
    // TLS: node-postgres, Postgrex, JDBC, R2DBC, sqlx, Prisma, Vapor.
    {"ssl", sslmode},
    {"sslMode", sslmode},
    {"ssl-mode", sslmode},
    {"ssl_mode", sslmode},
    {"tlsmode", ssl_checked},
    {"sslaccept", ssl_checked},
    {"sslfactory", ssl_factory},
    {"sslRootCert", rename, "sslrootcert"},
    {"ssl-root-cert", rename, "sslrootcert"},
    {"ssl-ca", rename, "sslrootcert"},
    {"sslCert", rename, "sslcert"},
    {"ssl-cert", rename, "sslcert"},
    {"sslKey", rename, "sslkey"},
    {"ssl-key", rename, "sslkey"},
    {"sslPassword", rename, "sslpassword"},
    {"sslNegotiation", rename, "sslnegotiation"},
    {"channelBinding", rename, "channel_binding"},
    {"requireAuth", rename, "require_auth"},
    {"gssEncMode", gss_encryption},
    {"sslidentity", no_equal, "write sslcert= and sslkey= with PEM files: libpq reads no PKCS #12 archive"},
    {"sslinline", no_equal, "write the certificates into files, and name them in sslrootcert=, sslcert= and sslkey="},
    {"socketFactory", no_equal,
     "libpq cannot use a Java class: set MIGRATE_DATABASE_URL to an address that it can reach"},
    // The address and the login: JDBC, asyncpg, pg8000, dbmate, Postgrex, tokio-postgres.
    {"username", rename, "user"},
    {"database", rename, "dbname"},
    {"ApplicationName", rename, "application_name"},
    {"applicationName", rename, "application_name"},
    {"application-name", rename, "application_name"},
    {"encoding", rename, "client_encoding"},
    {"charset", rename, "client_encoding"},
    {"unix_sock", socket_path},
    {"socket", socket_path},
    {"socket_dir", socket_path},
    {"targetServerType", target_session},
    {"loadBalanceHosts", load_balance},
    {"timeout", whole_seconds, "connect_timeout"},
    {"connectTimeout", whole_seconds, "connect_timeout"},
    {"loginTimeout", whole_seconds, "connect_timeout"},
    {"keepalives_retries", rename, "keepalives_count"},
    // Settings of the session. The time-outs are for the application: migrations have --statement-timeout and
    // --lock-timeout.
    {"TimeZone", session_setting, "TimeZone"},
    {"timezone", session_setting, "TimeZone"},
    // Npgsql, other ADO.NET providers and psqlODBC.
    {"server", rename, "host", Dialect::keys},
    {"servername", rename, "host", Dialect::keys},
    {"db", rename, "dbname", Dialect::keys},
    {"userid", rename, "user", Dialect::keys},
    {"uid", rename, "user", Dialect::keys},
    {"username", rename, "user", Dialect::keys},
    {"pwd", rename, "password", Dialect::keys},
    {"psw", rename, "password", Dialect::keys},
    {"database", rename, "dbname", Dialect::keys},
    {"applicationname", rename, "application_name", Dialect::keys},
    {"clientencoding", rename, "client_encoding", Dialect::keys},
    {"sslcertificate", rename, "sslcert", Dialect::keys},
    {"clientcertificate", rename, "sslcert", Dialect::keys},
    {"clientcertificatekey", rename, "sslkey", Dialect::keys},
    {"rootcertificate", rename, "sslrootcert", Dialect::keys},
    {"trustservercertificate", ssl_trust, {}, Dialect::keys},
    {"checkcertificaterevocation", no_equal,
     "libpq needs a file for this: remove it, and name the list in sslcrl= of MIGRATE_DATABASE_URL", Dialect::keys},
    {"channelbinding", rename, "channel_binding", Dialect::keys},
    {"kerberosservicename", rename, "krbsrvname", Dialect::keys},
    {"timeout", whole_seconds, "connect_timeout", Dialect::keys},
    {"targetsessionattributes", target_session, {}, Dialect::keys},
    {"loadbalancehosts", load_balance, {}, Dialect::keys},
});

/// What concerns the application's pool, driver and queries only, in any dialect.
constexpr auto dropped_parameters = std::to_array<std::string_view>(
    {// Settings of the session. The time-outs are for the application: migrations have --statement-timeout and
     // --lock-timeout.
     "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "statementTimeout", "lockWaitTimeout",
     // SQLAlchemy, asyncpg, psycopg_pool, peewee, databases, Tortoise.
     "async_fallback", "command_timeout", "direct_tls", "echo", "max_cacheable_statement_size",
     "max_cached_statement_lifetime", "max_connections", "max_overflow", "max_size", "maxsize", "min_size", "minsize",
     "pool_pre_ping", "pool_recycle", "pool_size", "pool_timeout", "prepared_statement_cache_size",
     "prepared_statement_name_func", "stale_timeout", "statement_cache_size",
     // Django.
     "conn_health_checks", "conn_max_age", "disable_server_side_cursors", "pool",
     // Rails.
     "advisory_locks", "checkout_timeout", "idle_timeout", "min_messages", "prepared_statements", "reaping_frequency",
     "reconnect", "statement_limit",
     // Prisma, node-postgres, postgres.js, TypeORM.
     "connection_limit", "fetch_types", "idleTimeoutMillis", "max", "max_lifetime", "pgbouncer", "prepare",
     "socket_timeout", "uselibpqcompat",
     // Vercel with Supabase: which of its poolers made the URL.
     "supa",
     // Symfony and Doctrine.
     "driverOptions", "persistent", "serverVersion",
     // Ecto and Postgrex.
     "handshake_timeout", "pool_count", "queue_interval", "queue_target",
     // pgx, lib/pq, golang-migrate (x-… too), goose, gorm.
     "binary_parameters", "default_query_exec_mode", "description_cache_capacity", "disable_prepared_binary_result",
     "min_read_buffer_size", "pool_health_check_period", "pool_max_conn_idle_time", "pool_max_conn_lifetime",
     "pool_max_conn_lifetime_jitter", "pool_max_conns", "pool_min_conns", "pool_min_idle_conns",
     "statement_cache_capacity",
     // sqlx, crystal-pg, R2DBC, Vert.x.
     "autodetectExtensions", "compatibilityMode", "initial_pool_size", "initialSize", "max_idle_pool_size",
     "max_pool_size", "maxIdleTime", "preparedStatementCacheQueries", "retry_attempts", "retry_delay",
     "statement-cache-capacity", "tcpNoDelay",
     // JDBC.
     "allowEncodingChanges", "assumeMinServerVersion", "autosave", "binaryTransfer", "cancelSignalTimeout",
     "characterEncoding", "cleanupSavepoints", "databaseMetadataCacheFields", "defaultRowFetchSize",
     "disableColumnSanitiser", "hostRecheckSeconds", "logServerErrorDetail", "logUnclosedConnections",
     "maxResultBuffer", "preferQueryMode", "preparedStatementCacheSizeMiB", "prepareThreshold", "readOnly",
     "readOnlyMode", "receiveBufferSize", "reWriteBatchedInserts", "sendBufferSize", "socketTimeout",
     "sslResponseTimeout", "sslhostnameverifier", "stringtype", "tcpKeepAlive", "unknownLength", "useUnicode"});

/// The same in the dialects that say it with a word that means something else elsewhere.
constexpr std::string_view dropped_by_ecto[] = {"connect_timeout", "timeout"};

/// Npgsql, other ADO.NET providers and psqlODBC.
constexpr std::string_view dropped_keys[] = {"arraynullabilitymode",
                                             "autopreparemusages",
                                             "autoprepareminusages",
                                             "cancellationtimeout",
                                             "commandtimeout",
                                             "connectionidlelifetime",
                                             "connectionlifetime",
                                             "connectionpruninginterval",
                                             "convertinfinitydatetime",
                                             "driver",
                                             "enlist",
                                             "entityadmindatabase",
                                             "entitytemplatedatabase",
                                             "hostrecheckseconds",
                                             "includeerrordetail",
                                             "includerealm",
                                             "integratedsecurity",
                                             "internalcommandtimeout",
                                             "keepalive",
                                             "loadtablecomposites",
                                             "logparameters",
                                             "maxautoprepare",
                                             "maximumpoolsize",
                                             "maxpoolsize",
                                             "minimumpoolsize",
                                             "minpoolsize",
                                             "multiplexing",
                                             "noresetonclose",
                                             "persistsecurityinfo",
                                             "pooling",
                                             "preloadreader",
                                             "protocol",
                                             "readbuffersize",
                                             "servercompatibilitymode",
                                             "socketreceivebuffersize",
                                             "socketsendbuffersize",
                                             "tcpkeepalive",
                                             "tcpkeepaliveinterval",
                                             "tcpkeepalivetime",
                                             "usesslstream",
                                             "writebuffersize"};

bool is_dropped(std::string_view name, Dialect dialect) noexcept {
  if (dialect == Dialect::ecto && std::ranges::contains(dropped_by_ecto, name)) return true;
  if (dialect == Dialect::keys && std::ranges::contains(dropped_keys, name)) return true;
  return std::ranges::contains(dropped_parameters, name);
}

}  // namespace

std::optional<ForeignParameter> find_foreign_parameter(std::string_view name, Dialect dialect) noexcept {
  const auto row_for = [&](Dialect wanted) {
    return std::ranges::find_if(mapped_parameters,
                                [&](const ForeignParameter& row) { return row.only == wanted && row.name == name; });
  };
  // golang-migrate's own parameters all begin with x-.
  constexpr std::string_view golang_migrate = "x-";
  const auto* own = dialect == Dialect::any ? mapped_parameters.end() : row_for(dialect);
  if (own != mapped_parameters.end()) return *own;
  if (is_dropped(name, dialect) || name.starts_with(golang_migrate)) return ForeignParameter{.name = name};
  const auto* row = row_for(Dialect::any);
  if (row == mapped_parameters.end()) return std::nullopt;
  return *row;
}

}  // namespace pge
