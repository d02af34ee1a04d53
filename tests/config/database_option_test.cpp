#include "config/database_option.hpp"

#include <catch2/catch_test_macros.hpp>

#include "config/environment.hpp"
#include "config/given_environment.hpp"
#include "core/redact.hpp"

using pge::ExitCode;
using pge::KeyValues;
using Environment = std::map<std::string, std::string>;

namespace {

auto read(const std::string& text, const Environment& environment = {}) {
  return pge::read_database_option(text, "--database", environment_of(environment));
}

pge::DatabaseOptions options_of(const std::string& database, const std::string& migrate_database = {}) {
  return {.database = database, .migrate_database = migrate_database, .export_name = {}, .scheme = {}};
}

KeyValues pairs(const std::string& text, const Environment& environment = {}) {
  const auto source = read(text, environment);
  REQUIRE(source.has_value());
  return std::get<KeyValues>(*pge::read_database(*source));
}

}  // namespace

TEST_CASE("values go into the pairs that were read") {
  const Environment environment{{"H", "db"}, {"U", "it's"}, {"P", R"(a' b\ host=x ${H} $H)"}, {"D", "app"}};
  const KeyValues wanted{{"host", "db"}, {"user", "it's"}, {"password", R"(a' b\ host=x ${H} $H)"}, {"dbname", "app"}};
  CHECK(pairs("host=${H} user=${U} password=${P} dbname=${D}", environment) == wanted);
  CHECK(pairs("host='${H}' user='${U}' password='${P}' dbname='${D}'", environment) == wanted);
  CHECK(pairs(" 'host=${H} user=${U} password=${P} dbname=${D}' ", environment) == wanted);
  CHECK(pairs("host=${X:-db} port=${PORT} user=\\'x dbname='a b'") ==
        KeyValues{{"host", "db"}, {"user", "'x"}, {"dbname", "a b"}});
  CHECK(pairs("host=${H:?no host was named} dbname=${X:-a b}", environment) ==
        KeyValues{{"host", "db"}, {"dbname", "a b"}});
}

TEST_CASE("one placeholder, or a text with a scheme, is a URL") {
  const Environment environment{{"URL", "postgresql://u:p@h/d?x=${Y}"}, {"F_FILE", "/f"}};
  for (const std::string text : {"${URL}", " ${URL} ", "'${URL}'", "\"${URL}\"", "${NO:-${URL}}"}) {
    CHECK(read(text, environment)->url == "postgresql://u:p@h/d?x=${Y}");
  }
  CHECK(read("${F}", environment)->file == "/f");
  CHECK(read("${NO:-postgresql://h/d}")->url == "postgresql://h/d");
  CHECK(read("postgresql://${H}/d")->url == "postgresql://${H}/d");
}

TEST_CASE("what is empty or cannot be read is a configuration error that shows no value") {
  const pge::Redactor redact;
  struct Row {
    std::string text;
    std::string told;
  };
  for (const Row& row : std::vector<Row>{
           {"host=${H} user=u dbname=d", "--database: host is empty: H is not set"},
           {"host=h user=${U}${V} dbname=d", "--database: user is empty: U, V is not set"},
           {"host=h user=u dbname='${D}'", "--database: dbname is empty: D is not set"},
           {"host= user= password=hush dbname=", "--database: host is empty"},
           {"host='' dbname=d", "--database: host is empty"},
           {"${URL}", "--database: the URL is empty: URL is not set"},
           {"host=h password=hush word dbname=d", "--database cannot be read"},
           {"host=h password=hush Hush=d", "--database cannot be read"},
           {"host", "--database cannot be read"},
           {"host=${H dbname=hush", "--database: host has a \"${\" that begins no placeholder"},
           {"host='${H", "--database cannot be read"},
           {"host=h password=${P:?set it} dbname=d", "--database: password needs P, which is not set: set it"},
           {"host=h password=hu$sh dbname=d", "--database: password has a '$' that begins no placeholder"},
       }) {
    INFO(row.text);
    const auto refused = read(row.text);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ExitCode::configuration);
    CHECK(refused.error().message == row.told);
    CHECK_FALSE(refused.error().hint.empty());
    CHECK_FALSE(refused.error().hint.contains("hush"));
    for (const std::string& said : {refused.error().message, refused.error().hint}) CHECK(redact(said) == said);
  }
  CHECK(read("host= user=").error().hint.contains("\\${NAME}"));
}

TEST_CASE("the option and the variable that it replaces are a contradiction, unless it names it") {
  const auto found = [](const pge::DatabaseOptions& options, const Environment& environment) {
    const auto source = pge::find_database(environment_of(environment), options);
    if (source) return source->variable;
    CHECK(source.error().code == ExitCode::configuration);
    return source.error().message;
  };
  const pge::DatabaseOptions parts = options_of("host=h dbname=d");
  CHECK(found(parts, {}) == "--database");
  CHECK(found(parts, {{"DATABASE_URL", ""}, {"PGHOST", "x"}}) == "--database");
  CHECK(found(parts, {{"DATABASE_URL", "u"}}) == "--database and DATABASE_URL are both given");
  CHECK(found(parts, {{"DATABASE_URL_FILE", "/u"}}) == "--database and DATABASE_URL_FILE are both given");
  CHECK(found(options_of("${DATABASE_URL}"), {{"DATABASE_URL", "u"}}) == "--database");
  CHECK(found(parts, {{"MIGRATE_DATABASE_URL", "m"}}) == "MIGRATE_DATABASE_URL");
  CHECK(found(parts, {{"MIGRATE_DATABASE_URL", "m"}, {"DATABASE_URL", "u"}}) ==
        "--database and DATABASE_URL are both given");
  const pge::DatabaseOptions owner = options_of("", "${OWNER}");
  CHECK(found(owner, {{"OWNER", "o"}, {"DATABASE_URL", "u"}}) == "--migrate-database");
  CHECK(found(owner, {{"OWNER", "o"}, {"MIGRATE_DATABASE_URL", "u"}}) ==
        "--migrate-database and MIGRATE_DATABASE_URL are both given");
  CHECK(pge::is_migrating_url(*pge::find_database(environment_of({{"OWNER", "o"}}), owner)));
  CHECK_FALSE(pge::is_migrating_url(*pge::find_database(environment_of({}), parts)));
}

TEST_CASE("what the owner's password or URL is made of belongs to the owner, unless the application shares it") {
  const auto names = [](const pge::DatabaseOptions& options) {
    auto all = pge::owners_variables(options);
    REQUIRE(all.size() >= 3);  // those of MIGRATE_DATABASE_URL
    all.erase(all.begin(), all.begin() + 3);
    return all;
  };
  using Names = std::vector<std::string>;
  CHECK(names({}).empty());
  const std::string parts = "host=${H} user=${U} password=${P:-${Q}} dbname=${D}";
  CHECK(names(options_of("", parts)) == Names{"P", "P_FILE", "Q", "Q_FILE"});
  CHECK(names(options_of("", "'${URL}'")) == Names{"URL", "URL_FILE"});
  CHECK(names(options_of("password=${P}", parts)) == Names{"Q", "Q_FILE"});
}
