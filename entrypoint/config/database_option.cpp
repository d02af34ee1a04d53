#include "config/database_option.hpp"

#include <algorithm>
#include <format>
#include <iterator>
#include <optional>
#include <utility>

#include "config/placeholder_text.hpp"
#include "core/key_values.hpp"
#include "core/strings.hpp"
#include "core/text.hpp"

namespace pge {
namespace {

constexpr const char* form_hint =
    "write libpq's key=value pairs, 'host=${DB_HOST} user=${DB_USER} dbname=${DB_NAME} …', or "
    "'${NAME}' for a variable that holds a URL";

/// The text without the quotes that an env file keeps around it.
std::string_view bare(std::string_view text) noexcept {
  text = trim(text);
  const bool quoted = text.size() > 1 && (text.front() == '\'' || text.front() == '"') && text.back() == text.front();
  return quoted ? text.substr(1, text.size() - 2) : text;
}

bool is_empty(const DatabaseField& field) {
  return std::ranges::all_of(field.value,
                             [](const ValuePiece& piece) { return piece.text.empty() && piece.file.empty(); });
}

bool must_say_something(std::string_view name) {
  return name == "host" || name == "hostaddr" || name == "user" || name == "dbname";
}

bool is_secret(std::string_view name) {
  return name == "password" || name == "sslpassword";
}

/// libpq's names are lower case. Any other is no name, but perhaps a piece of a password, and is not to be printed.
bool may_be_keyword(std::string_view name) {
  return std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

std::unexpected<Error> empty_field(std::string_view option, std::string_view name, std::string_view text) {
  const auto names = placeholder_names(text);
  if (names.empty()) {
    return fail(
        ExitCode::configuration, std::format("{}: {} is empty", option, name),
        "was ${…} expanded when the image was built, or by compose? Docker's ENV wants \\${NAME}, compose $${NAME}");
  }
  return fail(ExitCode::configuration, std::format("{}: {} is empty: {} is not set", option, name, joined(names)),
              std::format("set {0} or {0}_FILE, or write a default: ${{{0}:-…}}", names.front()));
}

std::optional<KeyValues> pairs_of(std::string_view text) {
  auto pairs = parse_conninfo(text, Dollar::placeholder);
  if (!pairs || !std::ranges::all_of(*pairs, may_be_keyword, &KeyValues::value_type::first)) return std::nullopt;
  return pairs;
}

Result<DatabaseSource> read_pairs(const KeyValues& pairs, std::string_view option, const GetEnv& get) {
  DatabaseSource source{.variable = std::string(option), .url = std::nullopt, .file = std::nullopt};
  for (const auto& [name, text] : pairs) {
    const PlaceholderPlace place{.name = std::format("{}: {}", option, name), .has_plain_dollar = name == "options"};
    auto value = fill_placeholders(text, place, get);
    if (!value) return fail(value.error());
    DatabaseField field{.name = name, .value = *std::move(value)};
    if (is_empty(field) && must_say_something(name)) return empty_field(option, name, text);
    source.fields.push_back(std::move(field));
  }
  return source;
}

/// A URL as it is, or the one that a placeholder stands for.
Result<DatabaseSource> read_url(std::string_view text, std::string_view option, const GetEnv& get) {
  DatabaseSource source{.variable = std::string(option), .url = std::nullopt, .file = std::nullopt};
  if (!is_one_placeholder(text)) {
    source.url = text;
    return source;
  }
  auto value = fill_placeholders(text, {.name = std::string(option)}, get);
  if (!value) return fail(value.error());
  if (value->size() > 1) {
    return fail(ExitCode::configuration, std::format("{}: a URL cannot be composed", option), form_hint);
  }
  if (value->empty()) return empty_field(option, "the URL", text);
  // Moved, because the owner's must not be left behind anywhere.
  ValuePiece& piece = value->front();
  (piece.file.empty() ? source.url : source.file) = std::move(piece.file.empty() ? piece.text : piece.file);
  return source;
}

}  // namespace

Result<DatabaseSource> read_database_option(std::string_view text, std::string_view option, const GetEnv& get) {
  const std::string_view whole = bare(text);
  // A URL with placeholders is refused where it is read, as in a variable.
  if (is_one_placeholder(whole) || whole.substr(0, whole.find('=')).contains("://"))
    return read_url(whole, option, get);
  const auto pairs = pairs_of(whole);
  if (!pairs) return fail(ExitCode::configuration, std::format("{} cannot be read", option), form_hint);
  return read_pairs(*pairs, option, get);
}

std::vector<std::string> names_in_database_option(std::string_view text) {
  return placeholder_names(text);
}

std::vector<std::string> secret_names_in_database_option(std::string_view text) {
  if (is_one_placeholder(bare(text))) return placeholder_names(text);
  std::vector<std::string> names;
  for (const auto& [name, value] : pairs_of(bare(text)).value_or(KeyValues())) {
    if (is_secret(name)) std::ranges::move(placeholder_names(value), std::back_inserter(names));
  }
  return names;
}

}  // namespace pge
