#include <array>
#include <cstdlib>
#include <string>

#include "postgres/refusal_rule.hpp"

namespace pge {
namespace {

using enum Outcome;
using std::string_view_literals::operator""sv;

constexpr std::string_view pooler_hint =
    "a pooler does not pass this start-up option on: leave options and search_path out of the URL (--search-path sets "
    "it for migrations), or set MIGRATE_DATABASE_URL to the server's own address";
constexpr std::string_view option_hint =
    "the server refuses a start-up option: correct options in the URL, or PGOPTIONS";
constexpr std::string_view login_hint =
    "check user and password in the URL (special characters percent-encoded?), the role, and the server's pg_hba.conf";
std::string database_hint(const ConnectionSettings& settings) {
  const bool named = settings.parameters.contains("dbname") || std::getenv("PGDATABASE") != nullptr;
  return named ? "create the database (--create-database does so), or correct its name in the URL"
               : "no database is named, so the role's name was taken for it: write it into the URL "
                 "(postgresql://…/DATABASE), or set PGDATABASE";
}

constexpr std::string_view limit_hint =
    "close connections, or raise max_connections, or the CONNECTION LIMIT of the role or the database; --wait-timeout "
    "waits longer";
constexpr std::string_view pool_hint =
    "the pooler has no free connection: raise its max_client_conn or pool size, or close connections; --wait-timeout "
    "waits longer";
constexpr std::string_view certificate_hint =
    "give sslcert and sslkey in the URL, with a certificate that the server's ssl_ca_file trusts";
constexpr std::string_view encryption_hint =
    "this login is for encrypted connections only: add sslmode=require to the URL";
constexpr std::string_view library_hint =
    "the server cannot load a library that is named in session_preload_libraries or local_preload_libraries for this "
    "role or database: install it there, or correct the setting";
constexpr std::string_view unsupported_hint =
    "the server or the pooler does not support what this connection asks for: see its message, and options in the URL; "
    "MIGRATE_DATABASE_URL can name the server's own address";

constexpr RefusalRule answer(std::string_view sqlstate, std::string_view text, Outcome outcome, RefusalHint hint) {
  return {.place = Place::anywhere, .text = text, .outcome = outcome, .hint = hint, .sqlstate = sqlstate};
}

/// PgBouncer says nearly everything with 08P01 (before 1.23, logins too), so its texts decide; an unknown one is waited
/// for. PostgreSQL: src/backend/libpq/auth.c, src/backend/utils/init/postinit.c, src/backend/tcop.
constexpr auto server_rules = std::to_array<RefusalRule>({
    // Poolers.
    answer("08P01", "unsupported startup parameter", after_grace, pooler_hint),
    answer("08P01", "unsupported options startup parameter", after_grace, pooler_hint),
    answer("08P01", "SSL required", after_grace, encryption_hint),
    answer("08P01", "TLS connection required", after_grace, encryption_hint),
    answer("08P01", "client certificate required", after_grace, certificate_hint),
    answer("08P01", "no authentication method", refused, login_hint),
    answer("08P01", "no such database", refused,
           "name the database in the pooler's configuration, or correct its name in the URL"sv),
    answer("08P01", "no such user", refused, login_hint),
    answer("08P01", "authentication failed", refused, login_hint),
    answer("08P01", "no more connections allowed", waited, pool_hint),
    answer("08P01", "connections exceeded", waited, pool_hint),
    answer("08P01", "query_wait_timeout", waited, pool_hint),
    answer("08P01", "server login has been failing", waited,
           "the pooler cannot log in to the server: see the pooler's log; --wait-timeout waits longer"sv),
    answer("XX000", "Tenant or user not found", refused,
           "the pooler takes the project from the user's name: write USER.PROJECT in the URL"sv),
    // The login.
    answer("28", "no encryption", refused, encryption_hint),
    answer("28", "valid client certificate", refused, certificate_hint),
    answer("28", "is not permitted to log in", refused, "ALTER ROLE … LOGIN, or use another role"sv),
    answer("28", "", refused, login_hint),
    // The database.
    answer("3D000", "", refused, database_hint),
    answer("42501", "parameter", after_grace, option_hint),
    answer("42501", "", refused, "grant CONNECT on the database to this role"sv),
    answer("55000", "invalid database", refused,
           "a DROP DATABASE was interrupted: drop the database, and create it again or restore it"sv),
    answer("55000", "", refused,
           "ALTER DATABASE … ALLOW_CONNECTIONS true, or correct the database's name in the URL"sv),
    answer("58P01", "", refused, library_hint),
    answer("P0001", "", refused, "a login trigger of the database refuses this role: see pg_event_trigger"sv),
    // Start-up options.
    answer("42704", "", after_grace, option_hint),
    answer("22", "", after_grace, option_hint),
    answer("42601", "", after_grace, option_hint),
    answer("42602", "", after_grace, option_hint),
    answer("55P02", "", after_grace, option_hint),
    answer("0A000", "", after_grace, unsupported_hint),
    // It passes.
    answer("53300", "", waited, limit_hint),
    answer("53", "", waited, "the server is short of a resource: see its log"sv),
    answer("57P03", "", waited,
           "the server is starting up, shutting down or in recovery; --wait-timeout waits longer"sv),
    answer("57P", "", waited, "the server or an administrator ends sessions: see its log"sv),
    answer("57014", "", waited,
           "the login took too long: raise the server's authentication_timeout, or see what loads it"sv),
});

}  // namespace

std::span<const RefusalRule> server_refusals() noexcept {
  return server_rules;
}

}  // namespace pge
