// toml++ 3.4 asserts that some bad input ("[ @") cannot come, and with NDEBUG lets the compiler assume it, which is
// undefined behaviour. Without both, toml++ finds the error itself a few lines later.
#undef NDEBUG
#define TOML_ASSERT(expression) static_cast<void>(0)
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_ENABLE_UNRELEASED_FEATURES 0
#include <toml++/toml.hpp>

#include "alembic/config_values.hpp"
#include "alembic/interpolation.hpp"

namespace pge {
namespace {

Result<std::vector<std::string>> strings_of(const toml::node& node, const std::string& path, std::string_view key) {
  std::vector<std::string> raw;
  if (const auto text = node.value<std::string>()) raw.push_back(*text);
  if (const auto flag = node.value_exact<bool>()) raw = {*flag ? "true" : "false"};
  if (const toml::array* list = node.as_array()) {
    for (const toml::node& item : *list) {
      if (const auto text = item.value<std::string>()) raw.push_back(*text);
    }
  }
  for (std::string& text : raw) {
    auto value = interpolate(text, {{"here", folder_of(path)}});
    if (!value) return fail(uninterpolated(path, key));
    text = *std::move(value);
  }
  return raw;
}

}  // namespace

Result<ConfigValues> parse_pyproject(const Source& source) {
  const toml::parse_result parsed = toml::parse(source.text.view());
  if (!parsed) {
    const auto& place = parsed.error().source().begin;
    return fail({.code = ExitCode::configuration,
                 .message = "invalid TOML: " + std::string(parsed.error().description()),
                 .where = {.file = source.path, .line = place.line, .column = place.column}});
  }
  ConfigValues values;
  const toml::table* table = parsed.table()["tool"]["alembic"].as_table();
  if (table == nullptr) return values;
  for (const std::string_view key : read_keys) {
    const toml::node* node = table->get(key);
    if (node == nullptr) continue;
    auto strings = strings_of(*node, source.path, key);
    if (!strings) return fail(strings.error());
    values[std::string(key)] = *std::move(strings);
  }
  return values;
}

}  // namespace pge
