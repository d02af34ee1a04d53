#include "postgres/connection_settings.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdlib>
#include <format>
#include <memory>
#include <optional>

#include "core/key_values.hpp"
#include "postgres/foreign_parameters.hpp"
#include "postgres/foreign_values.hpp"
#include "postgres/parameter_mapping.hpp"
#include "postgres/placeholders.hpp"
#include "postgres/url_form.hpp"
#include "postgres/url_scheme.hpp"

namespace pge {
namespace {

std::unexpected<Error> refuse(std::string message, std::string hint) {
  return fail(ExitCode::configuration, std::move(message), std::move(hint));
}

struct Url {
  std::string base;  ///< postgresql://…, up to the question mark
  /// Names, and values still percent-encoded; no value where there is no "=".
  std::vector<std::pair<std::string, std::optional<std::string>>> query;
  bool torn = false;  ///< the query has an '@': its names may be pieces of a password
  Dialect dialect = Dialect::any;
};

std::unexpected<Error> no_postgres_url(std::string_view text, std::string_view variable) {
  const std::string_view scheme = text.substr(0, text.find("://"));
  const bool printable = std::ranges::all_of(scheme, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '_' || c == '-' || c == ':';
  });
  return refuse(printable && scheme.size() < 40 && scheme.size() < text.size()
                    ? std::format("{}: '{}://' is not a PostgreSQL URL", variable, scheme)
                    : std::format("{} is not a PostgreSQL URL", variable),
                "it must start with postgresql:// or a variant, such as postgres:// or postgresql+asyncpg://");
}

Result<Url> take_apart(std::string_view text, std::string_view variable) {
  const auto scheme = split_scheme(text);
  if (!scheme) return no_postgres_url(text, variable);
  const std::string_view rest = scheme->rest;
  if (auto sound = check_authority(rest, variable); !sound) return fail(sound.error());
  Url url;
  const std::size_t question = rest.find('?');
  url.torn = question != std::string_view::npos && rest.find('@', question) != std::string_view::npos;
  url.base = std::format("postgresql://{}", rest.substr(0, question));
  url.dialect = scheme->dialect;
  if (scheme->is_encrypted) url.query.emplace_back("ssl", "true");
  std::string_view query = question == std::string_view::npos ? std::string_view() : rest.substr(question + 1);
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    if (!pair.empty()) {
      std::optional<std::string> value;
      if (equals < pair.size()) value = pair.substr(equals + 1);
      url.query.emplace_back(pair.substr(0, equals), std::move(value));
    }
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return url;
}

/// The query as libpq's: mapped, dropped, or refused by name.
Result<std::string> native_query(const Url& url, ConnectionSettings& settings, std::string_view variable) {
  ParameterMapping mapping(url.dialect, variable);
  for (const auto& [name, given] : url.query) {
    const std::string value = given.value_or("");
    if (!is_well_encoded(value)) {
      return refuse(std::format("{}: the value of a URL parameter has a '%' that is not encoded", variable),
                    encode_hint);
    }
    if (!given && libpq_knows(name) && name != "sslmode") {
      return refuse(std::format("{}: the URL parameter {} has no value", variable, name),
                    std::format("write {}=… or remove it", name));
    }
    if (name == "password") settings.secrets.push_back(value);
    const std::string_view sqlx_option = "options%5B";
    const std::string word = name.starts_with(sqlx_option) ? percent_decoded(name) : name;
    if (auto added = mapping.add(word, percent_decoded(value), !url.torn); !added) return fail(added.error());
  }
  std::string query;
  for (const auto& [name, value] : mapping.finish(settings)) {
    query += std::format("{}{}={}", query.empty() ? "?" : "&", name, percent_encoded(value));
  }
  return query;
}

/// libpq quotes the token that it could not parse. It may be a part of the password and may itself contain quotes, so
/// everything from the first quote to the last is removed.
std::string without_quoted(std::string_view message) {
  const std::size_t first = message.find('"');
  std::string out(message.substr(0, first));
  if (first != std::string_view::npos) {
    out += "\"***\"";
    out += message.substr(message.rfind('"') + 1);
  }
  std::erase(out, '\n');
  return out;
}

Result<> parse_with_libpq(const std::string& text, ConnectionSettings& settings, std::string_view variable) {
  char* message = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(PQconninfoParse(text.c_str(), &message),
                                                                             PQconninfoFree);
  const std::unique_ptr<char, decltype(&PQfreemem)> owned(message, PQfreemem);
  if (!options) {
    return refuse(std::format("{} cannot be read: {}", variable, without_quoted(message == nullptr ? "" : message)),
                  encode_hint);
  }
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    settings.parameters[option->keyword] = option->val;
    if (std::string_view(option->dispchar) == "*") settings.secrets.emplace_back(option->val);
  }
  return {};
}

void remember_encoded_password(std::string_view url, ConnectionSettings& settings) {
  const std::size_t start = url.find("://");
  const std::size_t at = url.find('@', start == std::string_view::npos ? 0 : start);
  const std::size_t colon = url.find(':', start == std::string_view::npos ? 0 : start + 3);
  if (at == std::string_view::npos || colon == std::string_view::npos || colon > at) return;
  settings.secrets.emplace_back(url.substr(colon + 1, at - colon - 1));
}

/// Key=value pairs with the names of drivers, as a connection string of libpq's.
Result<std::string> native_pairs(const KeyValues& pairs, ConnectionSettings& settings, std::string_view variable) {
  ParameterMapping mapping(Dialect::keys, variable);
  std::string before;
  for (const auto& [name, value] : pairs) {
    const bool known = libpq_knows(name) || find_foreign_parameter(name, Dialect::any);
    const std::string word = known ? name : bare_word(name);
    const bool after_password = before == "password" || before == "pwd" || before == "psw";
    if (auto added = mapping.add(word, value, !after_password); !added) return fail(added.error());
    before = bare_word(name);
  }
  std::string native;
  for (const auto& [name, value] : mapping.finish(settings)) {
    native += std::format("{}{}={}", native.empty() ? "" : " ", name, conninfo_quoted(value));
  }
  return native;
}

/// "pgsql:host=…;dbname=…" (PDO), "dbi:Pg:…" (Perl), "Host=…;Username=…" (ADO.NET, ODBC), and libpq's "host=… user=…".
Result<> parse_key_values(std::string_view text, ConnectionSettings& settings, std::string_view variable) {
  bool has_prefix = false;
  for (const std::string_view prefix : {"pgsql:", "dbi:Pg:"}) {
    if (!text.starts_with(prefix)) continue;
    text.remove_prefix(prefix.size());
    has_prefix = true;
  }
  // libpq takes "localhost;port=5432" for a host.
  ConnectionSettings native = settings;
  auto parsed = parse_with_libpq(std::string(text), native, variable);
  const auto host = native.parameters.find("host");
  const bool is_native = parsed && (host == native.parameters.end() || !host->second.contains(';'));
  if (is_native && !(has_prefix && text.contains(';'))) {
    settings = std::move(native);
    return {};
  }
  const auto pairs = text.contains(';') ? parse_semicolon_values(text) : parse_conninfo(text);
  if (!pairs) {
    return parsed ? refuse(std::format("{} cannot be read", variable), "quote values that contain ';'") : parsed;
  }
  auto mapped = native_pairs(*pairs, settings, variable);
  if (!mapped) return fail(mapped.error());
  return parse_with_libpq(*mapped, settings, variable);
}

/// Nobody else's names, and none that may be a piece of a password in a message.
Result<> check_names(const KeyValues& pairs, std::string_view variable) {
  for (auto pair = pairs.begin(); pair != pairs.end(); ++pair) {
    const bool after_password = pair != pairs.begin() && std::prev(pair)->first == "password";
    if (!libpq_knows(pair->first)) {
      return refuse(after_password ? std::format("{}: there is an unknown parameter after the password", variable)
                                   : std::format("{}: unknown parameter '{}'", variable, pair->first),
                    "it takes the parameters of libpq (PostgreSQL manual, \"Parameter Key Words\"); quote a value with "
                    "blanks");
    }
    if (std::ranges::contains(pairs.begin(), pair, pair->first, &KeyValues::value_type::first)) {
      return refuse(std::format("{} names {} twice", variable, pair->first), "remove one of them");
    }
  }
  return {};
}

ConnectionSettings settings_with_secret() {
  ConnectionSettings settings;
  if (const char* password = std::getenv("PGPASSWORD"); password != nullptr) settings.secrets.emplace_back(password);
  return settings;
}

}  // namespace

Result<ConnectionSettings> parse_connection_settings(const KeyValues& pairs, std::string_view variable) {
  if (auto known = check_names(pairs, variable); !known) return fail(known.error());
  ConnectionSettings settings = settings_with_secret();
  settings.parts_option = variable;
  auto native = native_pairs(pairs, settings, variable);
  if (!native) return fail(native.error());
  if (auto parsed = parse_with_libpq(*native, settings, variable); !parsed) return fail(parsed.error());
  // A migrator gets it in a URL.
  if (const auto password = settings.parameters.find("password"); password != settings.parameters.end()) {
    settings.secrets.push_back(percent_encoded(password->second, unreserved));
  }
  return settings;
}

Result<ConnectionSettings> parse_connection_settings(std::string_view url, std::string_view variable) {
  ConnectionSettings settings = settings_with_secret();
  if (url.empty()) return settings;
  if (auto text = check_encoding(url, variable); !text) return fail(text.error());

  if (auto filled = check_placeholders(url, variable); !filled) return fail(filled.error());
  if (looks_like_url(url)) {
    if (auto whole = check_frame(url, variable); !whole) return fail(whole.error());
    auto parts = take_apart(url, variable);
    if (!parts) return fail(parts.error());
    auto query = native_query(*parts, settings, variable);
    if (!query) return fail(query.error());
    remember_encoded_password(url, settings);
    if (auto parsed = parse_with_libpq(parts->base + *query, settings, variable); !parsed) return fail(parsed.error());
    return settings;
  }
  if (!url.contains('=')) {
    return refuse(std::format("{} is not a PostgreSQL URL", variable), "write postgresql://user:***@host:5432/name");
  }
  if (auto parsed = parse_key_values(url, settings, variable); !parsed) return fail(parsed.error());
  return settings;
}

}  // namespace pge
