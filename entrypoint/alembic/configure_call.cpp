#include "alembic/configure_call.hpp"

#include <algorithm>
#include <format>
#include <optional>
#include <string_view>
#include <utility>

namespace pge {
namespace {

/// The value if it is a plain string.
std::optional<std::string> plain_string(std::span<const PythonToken> value) {
  if (value.size() != 1 || value[0].kind != PythonKind::string || !value[0].literal) return std::nullopt;
  return value[0].text;
}

/// `config.get_main_option("version_table")`, perhaps with a plain default.
std::optional<std::string> main_option(std::span<const PythonToken> value, std::string_view key,
                                       const MainOptions& options) {
  for (std::size_t at = 0; at + 1 < value.size(); ++at) {
    if (value[at].depth != value[0].depth) break;
    if (!value[at].is("get_main_option") || !value[at + 1].is("(")) {
      if (value[at].kind == PythonKind::name || value[at].is(".")) continue;
      break;
    }
    const auto arguments = arguments_of(value, at + 1);
    const auto closing = std::ranges::find_if(value.subspan(at + 2), [&](const PythonToken& token) {
      return token.is(")") && token.depth == value[at + 1].depth + 1;
    });
    if (closing == value.subspan(at + 2).end() || &*closing != &value.back()) return std::nullopt;
    if (arguments.empty() || arguments.size() > 2 || plain_string(arguments[0].value) != key) return std::nullopt;
    if (const auto found = options.find(std::string(key)); found != options.end()) return found->second;
    return arguments.size() == 2 ? plain_string(arguments[1].value) : std::nullopt;
  }
  return std::nullopt;
}

class ConfigureCallReader {
 public:
  ConfigureCallReader(const std::vector<PythonArgument>& arguments, const MainOptions& options,
                      const std::set<std::string>& flask_names)
      : arguments_(arguments), options_(options), flask_names_(flask_names) {}

  ConfigureCall read() {
    VersionTable& table = call_.choice.table;
    table.name = value_of("version_table", table.name);
    table.schema = value_of("version_table_schema", "");
    return std::move(call_);
  }

 private:
  void doubt(std::string why) {
    if (call_.choice.doubt.empty()) call_.choice.doubt = std::move(why);
  }

  std::string value_of(std::string_view key, const std::string& fallback) {
    for (const PythonArgument& argument : arguments_) {
      if (argument.keyword != key) continue;
      call_.keys.insert(std::string(key));
      if (key == "version_table_schema" && are_tokens(argument.value, {"None"})) return "";
      auto text = plain_string(argument.value);
      if (!text) text = main_option(argument.value, key, options_);
      if (text && !(text->empty() && key == "version_table")) return *std::move(text);
      doubt(std::format("computes {}", key));
    }
    if (std::ranges::contains(arguments_, key, &PythonArgument::keyword)) return fallback;
    for (const PythonArgument& argument : arguments_) {
      if (!argument.spread) continue;
      if (!is_flasks(argument.value)) {
        doubt("configures Alembic with arguments from a mapping");
      } else {
        call_.choice.assumption = "unless the application gives Migrate() a version_table or a version_table_schema";
      }
    }
    return fallback;
  }

  bool is_flasks(std::span<const PythonToken> value) const {
    if (are_flask_arguments(value)) return true;
    return value.size() == 1 && value[0].kind == PythonKind::name && flask_names_.contains(value[0].text);
  }

  const std::vector<PythonArgument>& arguments_;
  const MainOptions& options_;
  const std::set<std::string>& flask_names_;
  ConfigureCall call_;
};

}  // namespace

ConfigureCall read_configure_call(const std::vector<PythonArgument>& arguments, const MainOptions& options,
                                  const std::set<std::string>& flask_names) {
  return ConfigureCallReader(arguments, options, flask_names).read();
}

bool are_flask_arguments(std::span<const PythonToken> value) {
  return are_tokens(value, {"current_app", ".", "extensions", "[", "migrate", "]", ".", "configure_args"});
}

}  // namespace pge
