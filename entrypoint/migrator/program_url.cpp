#include "migrator/program_url.hpp"

#include <variant>

#include "config/environment.hpp"
#include "postgres/connection_settings.hpp"
#include "postgres/url_scheme.hpp"

namespace pge {

Result<std::string> url_for_program(const DatabaseSource& source, UrlReader reader) {
  auto said = read_database(source);
  if (!said) return fail(said.error());
  const std::string* const text = std::get_if<std::string>(&*said);
  if (text != nullptr && (text->empty() || source.scheme.empty()) && reader == UrlReader::migrator) return *text;
  auto settings =
      std::visit([&](const auto& given) { return parse_connection_settings(given, source.variable); }, *said);
  if (!settings) return fail(settings.error());
  if (text == nullptr || !looks_like_url(*text)) {
    return compose_url(*settings, source.scheme.empty() ? "postgresql" : source.scheme, reader, source.variable);
  }
  return source.scheme.empty() ? *text : with_scheme(*text, source.scheme, source.variable);
}

}  // namespace pge
