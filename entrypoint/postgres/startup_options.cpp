#include "postgres/startup_options.hpp"

#include <algorithm>
#include <format>

#include "core/key_values.hpp"
#include "postgres/connection_settings.hpp"
#include "postgres/foreign_values.hpp"

namespace pge {
namespace {

/// Blanks and backslashes are escaped by a backslash (libpq-connect, options).
std::string escaped_option(const std::string& value) {
  std::string out;
  for (const char c : value) {
    if (c == ' ' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

/// Where the value of the last parameter `options` of a URL begins; the last one counts.
std::size_t options_value(std::string_view url) {
  constexpr std::string_view name = "options=";
  std::size_t found = std::string_view::npos;
  for (std::size_t at = url.find('?'); at != std::string_view::npos; at = url.find('&', at + 1)) {
    if (url.substr(at + 1).starts_with(name)) found = at + 1 + name.size();
  }
  return found;
}

/// In libpq's "name='value' …" the last of two values with one name counts.
std::string with_conninfo_options(std::string_view conninfo, const std::string& all) {
  return std::format("{} options={}", conninfo, conninfo_quoted(all));
}

}  // namespace

std::string startup_options(std::span<const StartupSetting> settings) {
  std::string out;
  for (const auto& [name, value] : settings) {
    out += std::format("{}-c {}={}", out.empty() ? "" : " ", name, escaped_option(value));
  }
  return out;
}

Result<std::string> with_startup_options(std::string_view url, std::string_view variable, const std::string& options) {
  auto parsed = parse_connection_settings(url, variable);
  if (!parsed) return fail(parsed.error());
  const auto own = parsed->parameters.find("options");
  // A driver's spelling of a setting is none of libpq's options.
  if (own == parsed->parameters.end() || !url.contains("options=")) return std::string(url);
  if (!url.contains("://")) {
    return with_conninfo_options(url, own->second.empty() ? options : own->second + " " + options);
  }
  const std::size_t value = options_value(url);
  if (value == std::string_view::npos) return std::string(url);
  const std::size_t end = std::min(url.find('&', value), url.size());
  return std::format("{}{}{}{}", url.substr(0, end), end == value ? "" : "%20", percent_encoded(options),
                     url.substr(end));
}

std::string driver_without_libpq(std::string_view url) {
  if (url.starts_with("jdbc:")) return "JDBC";
  const std::string_view scheme = url.contains("://") ? url.substr(0, url.find("://")) : std::string_view();
  if (!scheme.contains('+')) return {};
  const std::string_view driver = scheme.substr(scheme.find('+') + 1);
  return driver.starts_with("psycopg") ? "" : std::string(driver);
}

}  // namespace pge
