// --database: any text is understood or refused, and no message shows what may be the password; any value of a variable
// arrives as it is, in the connection and in the URL that is composed of it.
#include "config/database_option.hpp"

#include <string>

#include "config/environment.hpp"
#include "fuzz.hpp"
#include "postgres/compose_url.hpp"

namespace {

constexpr const char* parts = "host=${H} user='${V}' password=${V} dbname=${V}";

void check_value(const std::string& value) {
  const auto get = [&](const char* name) -> const char* {
    return *name == 'H' && name[1] == '\0' ? "db" : *name == 'V' && name[1] == '\0' ? value.c_str() : nullptr;
  };
  const auto source = pge::read_database_option(parts, "--database", get);
  pge::fuzz::require(source.has_value());
  const auto said = pge::read_database(*source);
  pge::fuzz::require(said.has_value());
  const auto settings = pge::parse_connection_settings(std::get<pge::KeyValues>(*said), "--database");
  pge::fuzz::require(settings.has_value());
  for (const char* name : {"user", "password", "dbname"}) pge::fuzz::require(settings->parameters.at(name) == value);
  const auto url = pge::compose_url(*settings, "postgresql+psycopg", pge::UrlReader::application, "--database");
  pge::fuzz::require(url.has_value());
  const auto again = pge::parse_connection_settings(*url, "DATABASE_URL");
  pge::fuzz::require(again.has_value() && again->parameters == settings->parameters);
}

void check_text(const std::string& text) {
  constexpr const char* secret = "Hush4711Hush";
  const auto get = [](const char*) -> const char* { return nullptr; };
  for (const std::string& option :
       {text, "password=" + std::string(secret) + text, text + " password='" + secret + "'"}) {
    const auto source = pge::read_database_option(option, "--database", get);
    pge::Error error = source ? pge::Error{} : source.error();
    if (source && !source->fields.empty()) {
      const auto said = pge::read_database(*source);
      const auto settings = pge::parse_connection_settings(std::get<pge::KeyValues>(*said), "--database");
      if (!settings) error = settings.error();
    }
    pge::fuzz::require(!error.message.contains(secret) && !error.hint.contains(secret));
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(pge::fuzz::text_of(data, size));
  if (!text.empty() && !text.contains('\0')) check_value(text);
  if (!text.contains("Hush") && !text.contains("_FILE")) check_text(text);
  return 0;
}
