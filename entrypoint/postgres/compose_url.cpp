#include "postgres/compose_url.hpp"

#include <format>
#include <utility>

#include "postgres/foreign_values.hpp"
#include "postgres/parameter_list.hpp"
#include "postgres/startup_options.hpp"
#include "postgres/url_scheme.hpp"

namespace pge {
namespace {

constexpr std::string_view scheme_option = "--export-database-scheme";

std::unexpected<Error> unspeakable(std::string_view variable, std::string_view scheme, std::string_view what,
                                   std::string hint) {
  return fail(ExitCode::configuration, std::format("{}: a URL {}://… cannot name {}", variable, scheme, what),
              std::move(hint));
}

Result<> check_scheme(std::string_view scheme) {
  if (split_scheme(std::format("{}://", scheme))) return {};
  return fail(ExitCode::configuration, std::format("{}: '{}' is no scheme of PostgreSQL's", scheme_option, scheme),
              "write postgresql, postgres, or postgresql+DRIVER, such as postgresql+asyncpg");
}

std::string login(ParameterList& parameters) {
  const std::string user = parameters.take("user");
  const std::string password = parameters.take("password");
  if (user.empty() && password.empty()) return {};
  return percent_encoded(user, unreserved) + (password.empty() ? "" : ":" + percent_encoded(password, unreserved)) +
         "@";
}

/// An IPv6 address has brackets.
std::string host_part(const std::string& host, const std::string& port) {
  const bool is_ipv6 = host.contains(':');
  const std::string name =
      is_ipv6 ? std::format("[{}]", percent_encoded(host, "-._~:")) : percent_encoded(host, unreserved);
  return port.empty() ? name : std::format("{}:{}", name, port);
}

/// The rest of the parameters. asyncpg has a word of its own for one of them.
Result<std::string> query_part(const ParameterList::Pairs& parameters, std::string before, std::string_view scheme,
                               std::string_view variable) {
  const bool is_libpq = driver_without_libpq(std::format("{}://", scheme)).empty();
  std::string query = std::move(before);
  for (const auto& [name, value] : parameters) {
    const bool is_asyncpg = name == "sslmode" && scheme.ends_with("+asyncpg");
    if (!is_libpq && !is_asyncpg) {
      return unspeakable(variable, scheme, "libpq's " + name, "remove it, and set it where the driver reads it");
    }
    query += std::format("{}{}={}", query.empty() ? "?" : "&", is_asyncpg ? "ssl" : name, percent_encoded(value));
  }
  return query;
}

}  // namespace

Result<std::string> compose_url(const ConnectionSettings& settings, std::string_view scheme, UrlReader reader,
                                std::string_view variable) {
  if (auto known = check_scheme(scheme); !known) return fail(known.error());
  ParameterList parameters;
  for (const auto& [keyword, value] : settings.parameters) parameters.set(keyword, value);
  const std::string host = parameters.take("host");
  const std::string port = parameters.take("port");
  const std::string name = parameters.take("dbname");
  const bool several = host.contains(',') || port.contains(',');
  const bool socket = host.starts_with('/') || host.starts_with('@');
  const bool only_one = reader == UrlReader::application || !driver_without_libpq(std::format("{}://", scheme)).empty();
  if (only_one && (several || socket)) {
    return unspeakable(variable, scheme, several ? "several hosts" : "a socket",
                       "name one host; or let the application build its URL from the parts itself");
  }
  if (reader == UrlReader::application && (host.empty() || name.empty())) {
    return fail(ExitCode::configuration,
                std::format("--export-database-url: {} names no {}", variable, host.empty() ? "host" : "dbname"),
                "add host=… and dbname=…");
  }
  const bool in_query = several || socket;
  std::string before;
  if (in_query) {
    before = "?host=" + percent_encoded(host);
    if (!port.empty()) before += "&port=" + percent_encoded(port);
  }
  const std::string user = login(parameters);
  auto query = query_part(std::move(parameters).pairs(), std::move(before), scheme, variable);
  if (!query) return query;
  return std::format("{}://{}{}/{}{}", scheme, user, in_query ? "" : host_part(host, port),
                     percent_encoded(name, unreserved), *query);
}

Result<std::string> with_scheme(std::string_view url, std::string_view scheme, std::string_view variable) {
  if (auto known = check_scheme(scheme); !known) return fail(known.error());
  const auto parts = split_scheme(url);
  if (!parts) return fail(ExitCode::configuration, std::format("{} is not a PostgreSQL URL", variable));
  return std::format("{}://{}", scheme, parts->rest);
}

}  // namespace pge
