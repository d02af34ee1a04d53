#include "postgres/url_scheme.hpp"

#include <algorithm>
#include <array>
#include <format>

namespace pge {
namespace {

/// Each may be followed by "+driver". Sources: libpq, SQLAlchemy, Django (dj-database-url, django-environ), Ecto,
/// golang-migrate, Doctrine, peewee, Tortoise, dburl.
constexpr auto schemes = std::to_array<std::string_view>({
    "postgresql",
    "postgres",
    "psql",
    "pgsql",
    "postgis",
    "pg",
    "ecto",
    "pgx",
    "pgx4",
    "pgx5",
    "pdo-pgsql",
    "pdo_pgsql",
    "postgresqlext",
    "postgresext",
    "asyncpg",
    "psycopg",
    "timescale",
    "timescalegis",
});

struct Prefix {
  std::string_view text;
  Dialect dialect = Dialect::any;
  bool is_encrypted = false;
};

/// What stands before the scheme: JDBC, R2DBC and its pool, Quarkus, Celery, Sqitch.
constexpr auto prefixes = std::to_array<Prefix>({
    {"jdbc:", Dialect::jdbc},
    {"r2dbc:"},
    {"r2dbcs:", Dialect::any, true},
    {"pool:"},
    {"vertx-reactive:"},
    {"db+"},
    {"db:"},
});

/// The letter case of a scheme does not matter (RFC 3986, section 3.1).
bool starts_with_name(std::string_view text, std::string_view name) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return text.size() >= name.size() && std::ranges::equal(text.substr(0, name.size()), name, {}, lower);
}

bool is_scheme(std::string_view text) {
  return std::ranges::any_of(
      schemes, [&](std::string_view name) { return name.size() == text.size() && starts_with_name(text, name); });
}

/// pgjdbc has the database's name alone, too; and without a host it takes localhost, where libpq takes a socket.
std::string with_host(std::string_view rest) {
  const bool has_host = !rest.empty() && rest.front() != '/' && rest.front() != '?';
  return has_host ? std::string(rest) : std::format("localhost{}", rest);
}

}  // namespace

std::optional<UrlScheme> split_scheme(std::string_view url) {
  constexpr std::string_view ecto = "ecto";
  UrlScheme scheme;
  const auto prefix_of = [](std::string_view text) {
    return std::ranges::find_if(prefixes, [&](const Prefix& prefix) { return starts_with_name(text, prefix.text); });
  };
  for (const auto* found = prefix_of(url); found != prefixes.end(); found = prefix_of(url)) {
    if (found->dialect != Dialect::any) scheme.dialect = found->dialect;
    scheme.is_encrypted = scheme.is_encrypted || found->is_encrypted;
    url.remove_prefix(found->text.size());
  }
  const std::string_view name = url.substr(0, url.find(':'));
  const std::string_view base = name.substr(0, name.find('+'));
  if (!is_scheme(base) || name.size() == url.size()) return std::nullopt;
  if (base.size() == ecto.size() && starts_with_name(base, ecto)) scheme.dialect = Dialect::ecto;
  std::string_view rest = url.substr(name.size() + 1);
  constexpr std::string_view failover = "failover:";  // R2DBC with several hosts
  if (rest.starts_with(failover)) rest.remove_prefix(failover.size());
  const bool has_slashes = rest.starts_with("//");
  if (has_slashes) rest.remove_prefix(2);
  if (scheme.dialect == Dialect::jdbc) {
    scheme.rest = has_slashes             ? with_host(rest)
                  : rest.starts_with('/') ? with_host(rest)
                                          : std::format("localhost/{}", rest);
  } else if (has_slashes) {
    scheme.rest = rest;
  } else {
    return std::nullopt;
  }
  return scheme;
}

bool looks_like_url(std::string_view text) {
  return starts_with_name(text, "jdbc:") || text.substr(0, text.find('=')).contains("://");
}

}  // namespace pge
