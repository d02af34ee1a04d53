#include "apply/poolable.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "migrations/parse.hpp"

namespace {

pge::Result<> checked(const std::string& text) {
  const auto migration =
      pge::parse_migration({.key = {.version = "7"}, .name = "x", .source = {.path = "7_x.sql", .text = text}});
  REQUIRE(migration.has_value());
  return pge::check_poolable(migration->label(), migration->up);
}

}  // namespace

TEST_CASE("through a pooler a file may set what can be taken back, or what ends with its transaction") {
  for (const char* text : {
           "select 1;",
           "set search_path to a, b;",
           "set session statement_timeout to '1h';",
           "set local app.tenant to '7';",
           "select set_config('search_path', '', false);",
           "select pg_catalog.set_config('app.tenant', '7', true);",
           "select 'app.tenant';",
           "reset app.tenant;",
           "set role a;",
           "set transaction isolation level read committed;\nselect 1;",
       }) {
    INFO(text);
    CHECK(checked(text).has_value());
  }
}

TEST_CASE("what would stay on the server connection of a pooler, or needs a session, is refused with its place") {
  const struct {
    const char* text;
    const char* reason;
    const char* place;
  } cases[] = {
      {"-- pg-entrypoint: no-transaction\nselect 1;", "it has no transaction", "7_x.sql:1:1"},
      {"-- pg-entrypoint: isolation=serializable\nselect 1;", "it has an isolation level of its own", "7_x.sql:1:1"},
      {"set transaction isolation level repeatable read;\nselect 1;", "it has an isolation level of its own",
       "7_x.sql:1:1"},
      {"select 1;\nset app.tenant to '7';", "this setting would stay", "7_x.sql:2:1"},
      {"set session app.tenant = 7;", "this setting would stay", "7_x.sql:1:1"},
      {"set \"App\".tenant = 7;", "this setting would stay", "7_x.sql:1:1"},
      {"set \"app.tenant\" = 7;", "this setting would stay", "7_x.sql:1:1"},
      {"select set_config('search_path', 'a', false), set_config('app.tenant', '7', false);", "this setting would stay",
       "7_x.sql:1:1"},
      {"select set_config('app.tenant', '7', false);", "this setting would stay", "7_x.sql:1:1"},
      {"select pg_catalog.set_config('app.tenant', '7', 'no');", "this setting would stay", "7_x.sql:1:1"},
  };
  for (const auto& [text, reason, place] : cases) {
    INFO(text);
    const auto result = checked(text);
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == pge::ExitCode::configuration);
    CHECK(result.error().message.starts_with("migration 7_x cannot be run through a connection pooler: "));
    CHECK(result.error().message.contains(reason));
    CHECK(result.error().where.to_string() == place);
    CHECK(result.error().hint.contains("MIGRATE_DATABASE_URL"));
  }
}
