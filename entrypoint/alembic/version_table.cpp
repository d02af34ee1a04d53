#include "alembic/version_table.hpp"

#include <algorithm>
#include <cctype>
#include <format>
#include <optional>
#include <set>
#include <vector>

#include "alembic/configure_call.hpp"
#include "alembic/python_call.hpp"
#include "alembic/python_statements.hpp"
#include "core/strings.hpp"

namespace pge {
namespace {

using EnvTokens = std::span<const PythonToken>;

bool only_strings(const PythonStatement& statement) {
  return std::ranges::all_of(statement.tokens, [](const auto& token) { return token.kind == PythonKind::string; });
}

/// The statements, without docstrings: these may speak of anything.
std::vector<PythonStatement> statements_of(std::string_view env) {
  std::vector<PythonStatement> all;
  PythonStatements reader(env);
  while (auto statement = reader.next()) {
    if (!only_strings(*statement)) all.push_back(*std::move(statement));
  }
  return all;
}

/// SET [SESSION|LOCAL] SCHEMA, or anything about a search_path, in SQL or in an option of the connection.
bool moves_the_schema(std::string sql) {
  std::ranges::transform(sql, sql.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (sql.contains("search_path") || sql.contains("schema_translate_map")) return true;
  const std::vector<std::string> words = split(sql, " \t\n\r\f;'\"");
  for (std::size_t at = 0; at + 1 < words.size(); ++at) {
    if (words[at] != "set") continue;
    const bool scoped = words[at + 1] == "session" || words[at + 1] == "local";
    if (words[at + 1] == "schema" || (scoped && at + 2 < words.size() && words[at + 2] == "schema")) return true;
  }
  return false;
}

class EnvReader {
 public:
  EnvReader(std::string_view env, const MainOptions& options) : statements_(statements_of(env)), options_(options) {}

  VersionTableChoice read() {
    for (const PythonStatement& statement : statements_) collect_names(statement.tokens);
    for (const PythonStatement& statement : statements_) {
      if (statement.tokens.back().kind == PythonKind::broken) doubt("has a string without an end");
      look_for_other_schemas(statement.tokens);
      if (is_import(statement.tokens)) continue;
      look_for_helpers(statement.tokens);
      look_at_calls(statement.tokens);
    }
    for (const PythonStatement& statement : statements_) look_for_other_names(statement.tokens);
    if (!choice_) doubt("has no context.configure for a connection");
    return doubt_.empty() ? *choice_ : VersionTableChoice{.doubt = "env.py " + doubt_};
  }

 private:
  void doubt(std::string why) {
    if (doubt_.empty()) doubt_ = std::move(why);
  }

  static bool is_import(EnvTokens tokens) { return tokens.front().is("import") || tokens.front().is("from"); }

  /// Other names of `context`, and of Flask-Migrate's arguments.
  void collect_names(EnvTokens tokens) {
    for (std::size_t at = 0; is_import(tokens) && at + 2 < tokens.size(); ++at) {
      if (tokens[at].is("context") && tokens[at + 1].is("as")) contexts_.insert(tokens[at + 2].text);
      if (tokens[at].is("configure") && tokens[at + 1].is("as")) doubt("gives configure another name");
    }
    if (tokens.size() > 2 && tokens[1].is("=") && are_flask_arguments(tokens.subspan(2))) {
      flask_arguments_.insert(tokens[0].text);
    }
  }

  void look_for_other_schemas(EnvTokens tokens) {
    std::string strings;
    for (std::size_t at = 0; at < tokens.size(); ++at) {
      const PythonToken& token = tokens[at];
      if (token.kind == PythonKind::string) {
        strings += token.text;
        if (moves_the_schema(token.text)) return doubt("sets a schema for its connection");
      }
      if (token.kind != PythonKind::name) continue;
      const bool assigned = at + 1 < tokens.size() && tokens[at + 1].is("=");
      if (token.text.contains("search_path") || token.text == "schema_translate_map" ||
          (token.text == "default_schema_name" && assigned)) {
        return doubt("sets a schema for its connection");
      }
    }
    if (moves_the_schema(strings)) doubt("sets a schema for its connection");
  }

  bool is_context(EnvTokens tokens, std::size_t at) const {
    return tokens[at].kind == PythonKind::name && contexts_.contains(tokens[at].text);
  }

  /// `run(context)`: what happens there is not seen here. A def's and a lambda's own parameter is another thing.
  void look_for_helpers(EnvTokens tokens) {
    if (tokens.front().is("def") || (tokens.size() > 1 && tokens[1].is("def"))) return;
    bool parameters = false;
    for (std::size_t at = 0; at < tokens.size(); ++at) {
      if (tokens[at].is("lambda")) parameters = true;
      if (tokens[at].is(":")) parameters = false;
      if (parameters || !is_context(tokens, at) || !is_own_name(tokens, at)) continue;
      if (at + 1 >= tokens.size() || !tokens[at + 1].is(".")) doubt("hands context on");
    }
  }

  void look_at_calls(EnvTokens tokens) {
    for (std::size_t at = 0; at < tokens.size(); ++at) {
      const bool called = at + 1 < tokens.size() && tokens[at + 1].is("(");
      if (tokens[at].is("EnvironmentContext") && called) doubt("makes an EnvironmentContext");
      if (tokens[at].is("run_migrations") && called && names_an_engine(arguments_of(tokens, at + 1))) {
        doubt("migrates several databases");
      }
      if (!is_configure(tokens, at)) continue;
      if (called) {
        configure(arguments_of(tokens, at + 1));
      } else {
        doubt("hands context.configure on");
      }
    }
  }

  static bool names_an_engine(const std::vector<PythonArgument>& arguments) {
    return std::ranges::contains(arguments, "engine_name", &PythonArgument::keyword);
  }

  /// `context.configure`, or `configure` alone; not another module's.
  bool is_configure(EnvTokens tokens, std::size_t at) const {
    if (!tokens[at].is("configure")) return false;
    if (at > 0 && tokens[at - 1].is("def")) return false;
    if (at == 0 || !tokens[at - 1].is(".")) return is_own_name(tokens, at);
    return at > 1 && is_context(tokens, at - 2);
  }

  void configure(const std::vector<PythonArgument>& arguments) {
    const auto serves_a_connection = [](const PythonArgument& argument) {
      return argument.keyword.empty() || argument.keyword == "connection";
    };
    if (std::ranges::none_of(arguments, serves_a_connection)) return;  // for --sql
    ConfigureCall call = read_configure_call(arguments, options_, flask_arguments_);
    VersionTableChoice& one = call.choice;
    if (!one.doubt.empty()) doubt(one.doubt);
    written_.merge(call.keys);
    const bool differs =
        choice_ && (choice_->table.name != one.table.name || choice_->table.schema != one.table.schema);
    if (differs) doubt("configures several version tables");
    if (choice_ && one.assumption.empty()) one.assumption = choice_->assumption;
    choice_ = std::move(one);
  }

  /// A key of the version table in a string, and a use of Flask-Migrate's arguments that could add one.
  void look_for_other_names(EnvTokens tokens) {
    for (std::size_t at = 0; at < tokens.size(); ++at) {
      if (tokens[at].kind == PythonKind::string && tokens[at].text.starts_with("version_table")) {
        const bool called = at > 1 && tokens[at - 1].is("(");
        if (called && tokens[at - 2].is("get_main_option")) continue;
        const bool sets = called && tokens[at - 2].text.starts_with("set_");
        if (sets || !written_.contains(tokens[at].text)) doubt("has " + tokens[at].text + " in a string");
      }
      if (tokens[at].kind != PythonKind::name || !flask_arguments_.contains(tokens[at].text) ||
          !is_own_name(tokens, at))
        continue;
      const auto next = [&](std::size_t by) -> const PythonToken& {
        return tokens[std::min(at + by, tokens.size() - 1)];
      };
      const bool asks = next(1).is(".") && next(2).is("get");
      const bool sets_a_plain_key = next(1).is("[") && next(2).kind == PythonKind::string && next(3).is("]");
      const bool is_spread = at > 1 && tokens[at - 1].is("*") && tokens[at - 2].is("*");
      const bool is_defined = at == 0 && are_flask_arguments(tokens.subspan(std::min<std::size_t>(2, tokens.size())));
      if (!asks && !sets_a_plain_key && !is_spread && !is_defined) doubt("changes the application's arguments");
    }
  }

  std::vector<PythonStatement> statements_;
  const MainOptions& options_;
  std::set<std::string> contexts_{"context"};
  std::set<std::string> flask_arguments_;
  std::set<std::string> written_;  ///< the keys that stand in a call for a connection
  std::optional<VersionTableChoice> choice_;
  std::string doubt_;
};

std::string quoted_identifier(const std::string& name) {
  std::string out = "\"";
  for (const char c : name) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

}  // namespace

VersionTableChoice find_version_table(std::string_view env, const MainOptions& options) {
  return EnvReader(env, options).read();
}

bool is_flask_migrate(std::string_view env) {
  constexpr std::size_t length = 6;  // up to the "]"
  const std::initializer_list<std::string_view> extension{"current_app", ".", "extensions", "[", "migrate", "]"};
  for (const PythonStatement& statement : statements_of(env)) {
    const EnvTokens tokens(statement.tokens);
    for (std::size_t at = 0; at + length <= tokens.size(); ++at) {
      if (are_tokens(tokens.subspan(at, length), extension)) return true;
    }
  }
  return false;
}

Result<VersionTable> parse_version_table(const std::string& text) {
  const std::size_t dot = text.find('.');
  VersionTable table{.name = text.substr(dot == std::string::npos ? 0 : dot + 1),
                     .schema = dot == std::string::npos ? "" : text.substr(0, dot)};
  if (!table.name.empty() && dot != 0 && !table.name.contains('.') && !text.contains('"')) return table;
  return fail(ExitCode::usage, std::format("--alembic-version-table: {} is not [SCHEMA.]NAME", text),
              "write the names as env.py has them, without quotes: alembic_version, or app.alembic_version");
}

std::string version_query(const VersionTable& table) {
  return std::format("select version_num from {}{} order by 1",
                     table.schema.empty() ? "" : quoted_identifier(table.schema) + ".", quoted_identifier(table.name));
}

}  // namespace pge
