#include "postgres/connection_settings.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstdlib>
#include <format>
#include <memory>
#include <optional>

#include "postgres/foreign_parameters.hpp"
#include "postgres/url_form.hpp"

namespace pge {
namespace {

constexpr std::array<std::string_view, 5> schemes{"postgresql", "postgres", "psql", "pgsql", "postgis"};

std::unexpected<Error> refuse(std::string message, std::string hint) {
  return fail(ExitCode::configuration, std::move(message), std::move(hint));
}

struct Url {
  std::string base;  ///< postgresql://…, up to the question mark
  /// Names, and values still percent-encoded; no value where there is no "=".
  std::vector<std::pair<std::string, std::optional<std::string>>> query;
  bool torn = false;  ///< the query has an '@': its names may be pieces of a password
};

Result<Url> take_apart(std::string_view given, std::string_view variable) {
  std::string_view text = given;
  if (text.starts_with("jdbc:")) text.remove_prefix(5);
  const std::size_t mark = text.find("://");
  const std::string_view scheme = text.substr(0, mark);
  const std::string_view family = scheme.substr(0, scheme.find('+'));
  if (std::ranges::find(schemes, family) == schemes.end()) {
    const bool printable = std::ranges::all_of(scheme, [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '_' || c == '-';
    });
    return refuse(printable && scheme.size() < 40 ? std::format("{}: '{}://' is not a PostgreSQL URL", variable, scheme)
                                                  : std::format("{} is not a PostgreSQL URL", variable),
                  "it must start with postgresql:// or a variant, such as postgres:// or postgresql+asyncpg://");
  }
  const std::string_view rest = text.substr(mark + 3);
  if (auto sound = check_authority(rest, variable); !sound) return fail(sound.error());
  Url url;
  const std::size_t question = rest.find('?');
  url.torn = question != std::string_view::npos && rest.find('@', question) != std::string_view::npos;
  url.base = std::format("postgresql://{}", rest.substr(0, question));
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

std::string percent_decoded(std::string_view text) {
  const auto digit = [](char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0 ? c - '0'
                                                            : (std::tolower(static_cast<unsigned char>(c)) - 'a') + 10;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() &&
                        std::isxdigit(static_cast<unsigned char>(text[i + 1])) != 0 &&
                        std::isxdigit(static_cast<unsigned char>(text[i + 2])) != 0;
    out += escape ? static_cast<char>((digit(text[i + 1]) * 16) + digit(text[i + 2])) : text[i];
    if (escape) i += 2;
  }
  return out;
}

bool libpq_knows(std::string_view name) {
  static const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> known(PQconndefaults(), PQconninfoFree);
  for (const PQconninfoOption* option = known.get(); option != nullptr && option->keyword != nullptr; ++option) {
    if (name == option->keyword) return true;
  }
  return false;
}

/// The query without what libpq would refuse: mapped, dropped, or refused by name.
Result<std::string> native_query(const Url& url, ConnectionSettings& settings, std::string_view variable) {
  std::string query;
  const auto keep = [&](std::string_view name, std::string_view value) {
    query += std::format("{}{}={}", query.empty() ? "?" : "&", name, value);
  };
  for (const auto& [name, given] : url.query) {
    const std::string value = given.value_or("");
    const ForeignParameter* foreign = find_foreign_parameter(name);
    const bool ssl = name == "sslmode" || (foreign != nullptr && foreign->action == ForeignAction::sslmode);
    if (ssl) {
      const auto mode = translate_sslmode(value);
      if (!mode) {
        return refuse(std::format("{}: the parameter {} has a value that libpq does not know", variable, name),
                      "use sslmode=disable, prefer, require, verify-ca or verify-full");
      }
      keep("sslmode", *mode);
    } else if (libpq_knows(name)) {
      if (!given) {
        return refuse(std::format("{}: the URL parameter {} has no value", variable, name),
                      std::format("write {}=… or remove it", name));
      }
      keep(name, value);
    } else if (foreign == nullptr) {
      if (url.torn)
        return refuse(std::format("{}: there is an unknown URL parameter, or a '?' in the password", variable),
                      encode_hint);
      return refuse(std::format("{}: unknown URL parameter '{}'", variable, percent_decoded(name)),
                    "remove it, or set MIGRATE_DATABASE_URL without it: it would be ignored here, and it may matter");
    } else if (foreign->action == ForeignAction::search_path) {
      settings.search_path = percent_decoded(value);
    } else if (foreign->action == ForeignAction::rename) {
      keep(foreign->renamed, value);
    } else {
      settings.dropped.push_back(name);
    }
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

}  // namespace

Result<ConnectionSettings> parse_connection_settings(std::string_view url, std::string_view variable) {
  ConnectionSettings settings;
  if (const char* password = std::getenv("PGPASSWORD"); password != nullptr) settings.secrets.emplace_back(password);
  if (url.empty()) return settings;
  if (auto text = check_encoding(url, variable); !text) return fail(text.error());

  std::string native(url);
  if (url.contains("://")) {
    if (auto whole = check_frame(url, variable); !whole) return fail(whole.error());
    auto parts = take_apart(url, variable);
    if (!parts) return fail(parts.error());
    auto query = native_query(*parts, settings, variable);
    if (!query) return fail(query.error());
    native = parts->base + *query;
    remember_encoded_password(url, settings);
  } else if (!url.contains('=')) {
    return refuse(std::format("{} is not a PostgreSQL URL", variable), "write postgresql://user:***@host:5432/name");
  }
  if (auto parsed = parse_with_libpq(native, settings, variable); !parsed) return fail(parsed.error());
  return settings;
}

}  // namespace pge
