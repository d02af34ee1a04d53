#include "postgres/compose_url.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <string>

using pge::KeyValues;
using pge::UrlReader;

namespace {

/// The URL, or the message of the error.
std::string composed(const KeyValues& pairs, const std::string& scheme = "postgresql",
                     UrlReader reader = UrlReader::application) {
  const auto settings = pge::parse_connection_settings(pairs, "--database");
  REQUIRE(settings.has_value());
  const auto url = pge::compose_url(*settings, scheme, reader, "--database");
  if (url) return *url;
  CHECK(url.error().code == pge::ExitCode::configuration);
  CHECK_FALSE(url.error().hint.empty());
  return url.error().message;
}

}  // namespace

TEST_CASE("a URL is composed of the parts, with a scheme of choice") {
  const KeyValues parts{{"host", "db"}, {"port", "5433"}, {"user", "bob"}, {"password", "p@ss"}, {"dbname", "app"}};
  CHECK(composed(parts) == "postgresql://bob:p%40ss@db:5433/app");
  CHECK(composed(parts, "postgresql+asyncpg") == "postgresql+asyncpg://bob:p%40ss@db:5433/app");
  CHECK(composed({{"host", "::1"}, {"dbname", "a/b"}, {"user", "u"}}) == "postgresql://u@[::1]/a%2Fb");
  CHECK(composed({{"host", "db:5433"}, {"dbname", "d"}}) == "postgresql://db:5433/d");
  CHECK(composed({{"host", "h"}, {"dbname", "d"}, {"sslmode", "require"}, {"options", "-c a.b=c"}}, "postgres") ==
        "postgres://h/d?options=-c%20a.b%3Dc&sslmode=require");
}

TEST_CASE("every byte of every part comes back from the URL") {
  for (int byte = 1; byte < 256; ++byte) {
    const std::string text = "a" + std::string(1, static_cast<char>(byte)) + "b";
    INFO(byte);
    const KeyValues parts{
        {"host", "h"}, {"user", text}, {"password", text + text}, {"dbname", text}, {"options", text}};
    const auto given = pge::parse_connection_settings(parts, "--database");
    REQUIRE(given.has_value());
    CHECK(given->parameters == std::map<std::string, std::string>(parts.begin(), parts.end()));
    for (const std::string scheme : {"postgresql", "postgresql+psycopg"}) {
      const auto again = pge::parse_connection_settings(composed(parts, scheme), "DATABASE_URL");
      REQUIRE(again.has_value());
      CHECK(again->parameters == given->parameters);
    }
  }
}

TEST_CASE("what a URL cannot say is refused by name, except where libpq reads it") {
  const KeyValues several{{"host", "a,b"}, {"port", "1,2"}, {"user", "u"}, {"dbname", "d"}};
  const KeyValues socket{{"host", "/run/pg"}, {"port", "5433"}, {"user", "u"}, {"password", "p"}, {"dbname", "d"}};
  CHECK(composed(several) == "--database: a URL postgresql://… cannot name several hosts");
  CHECK(composed(socket) == "--database: a URL postgresql://… cannot name a socket");
  CHECK(composed(socket, "postgresql+asyncpg", UrlReader::migrator) ==
        "--database: a URL postgresql+asyncpg://… cannot name a socket");
  CHECK(composed(several, "postgresql", UrlReader::migrator) == "postgresql://u@/d?host=a,b&port=1,2");
  CHECK(composed(socket, "postgresql+psycopg", UrlReader::migrator) ==
        "postgresql+psycopg://u:p@/d?host=/run/pg&port=5433");
  const KeyValues tls{{"host", "h"}, {"dbname", "d"}, {"sslmode", "require"}};
  CHECK(composed(tls, "postgresql+asyncpg") == "postgresql+asyncpg://h/d?ssl=require");
  CHECK(composed(tls, "postgresql+pg8000") == "--database: a URL postgresql+pg8000://… cannot name libpq's sslmode");
  CHECK(composed({{"dbname", "d"}}) == "--export-database-url: --database names no host");
  CHECK(composed({{"host", "h"}}) == "--export-database-url: --database names no dbname");
  CHECK(composed({{"user", "u"}, {"dbname", "d"}}, "postgresql", UrlReader::migrator) == "postgresql://u@/d");
  CHECK(composed(tls, "mysql").contains("'mysql' is no scheme of PostgreSQL's"));
}

TEST_CASE("another scheme changes nothing else") {
  const auto changed = [](const std::string& url) {
    return *pge::with_scheme(url, "postgresql+asyncpg", "--database");
  };
  CHECK(changed("postgres://u:p%40@h:1/d?x=postgres://") == "postgresql+asyncpg://u:p%40@h:1/d?x=postgres://");
  CHECK(changed("postgresql+psycopg://h/d") == "postgresql+asyncpg://h/d");
  CHECK_FALSE(pge::with_scheme("postgres://h/d", "mysql", "--database").has_value());
}

TEST_CASE("only libpq's parameters are pairs, each once, and none is shown that may be a piece of a password") {
  const auto told = [](const KeyValues& pairs) {
    return pge::parse_connection_settings(pairs, "--database").error().message;
  };
  CHECK(told({{"host", "h"}, {"pool_size", "5"}}) == "--database: unknown parameter 'pool_size'");
  CHECK(told({{"password", "a"}, {"hush", "5"}}) == "--database: there is an unknown parameter after the password");
  CHECK(told({{"host", "h"}, {"host", "i"}}) == "--database names host twice");
}

TEST_CASE("a password is known for masking as it is and percent-encoded") {
  const auto settings = pge::parse_connection_settings(KeyValues{{"password", "p@s/s word"}}, "--database");
  REQUIRE(settings.has_value());
  CHECK(std::ranges::contains(settings->secrets, "p@s/s word"));
  CHECK(std::ranges::contains(settings->secrets, "p%40s%2Fs%20word"));
}
