#include "postgres/create_database.hpp"

#include <catch2/catch_test_macros.hpp>
#include <format>
#include <string>

using pge::ExitCode;

namespace {

std::string options_of(std::string_view text, const std::string& role = "") {
  const auto options = pge::parse_database_options(text, role);
  if (!options) return "refused";
  std::string shown;
  for (const auto& [key, value] : *options) shown += std::format("{}={};", key, value);
  return shown;
}

}  // namespace

TEST_CASE("the options of a new database") {
  CHECK(options_of("").empty());
  CHECK(options_of("owner=app") == "owner=app;");
  CHECK(options_of("owner = 'a b' tablespace=fast") == "owner=a b;tablespace=fast;");
  // --role owns what is created, unless somebody else is named.
  CHECK(options_of("", "schema_owner") == "owner=schema_owner;");
  CHECK(options_of("owner=app", "schema_owner") == "owner=app;");
  // Another encoding or locale than template1's fits template0 only.
  CHECK(options_of("encoding=UTF8 locale=C.UTF-8") == "encoding=UTF8;locale=C.UTF-8;template=template0;");
  CHECK(options_of("lc_collate=C") == "lc_collate=C;template=template0;");
  CHECK(options_of("template=mine encoding=UTF8") == "template=mine;encoding=UTF8;");
}

TEST_CASE("what is no option of a new database is refused by name") {
  for (const std::string_view text : {"encodnig=UTF8", "connection_limit=1", "is_template=true",
                                      "allow_connections=off", "owner=a; drop=b", "UTF8", "owner='a"}) {
    INFO(text);
    const auto refused = pge::parse_database_options(text, "");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ExitCode::usage);
    CHECK(refused.error().message.starts_with("--create-database-options"));
    CHECK(refused.error().hint.contains("owner="));
  }
  CHECK(pge::parse_database_options("encodnig=UTF8", "").error().message.contains("encodnig"));
}
