#include "alembic/revision_file.hpp"

#include <algorithm>
#include <array>
#include <format>
#include <optional>
#include <set>

#include "alembic/python_tokens.hpp"
#include "core/invalid.hpp"
#include "core/text.hpp"

namespace pge {
namespace {

constexpr std::array<std::string_view, 4> wanted{"revision", "down_revision", "depends_on", "branch_labels"};

bool is_wanted(const PythonToken& token) {
  return token.kind == PythonKind::name && std::ranges::contains(wanted, token.text);
}

bool opens_local_scope(const PythonToken& token) {
  return token.is("def") || token.is("class") || token.is("async") || token.is("@");
}

bool ends_statement(const PythonToken& token) {
  return token.kind == PythonKind::newline || token.kind == PythonKind::end || token.is(";");
}

/// What an assignment may hold.
struct Value {
  std::vector<std::string> strings;
  bool sequence = false;
};

/// string… | None | ( … ) | [ … ], and a tuple without parentheses.
class ValueReader {
 public:
  explicit ValueReader(PythonTokens& tokens) : tokens_(tokens) {}

  std::optional<Value> read() {
    Value value;
    if (!items(value, [](const PythonToken& token) { return ends_statement(token); })) return std::nullopt;
    return value;
  }

 private:
  template <typename Closes>
  bool items(Value& value, Closes closes) {
    while (!closes(tokens_.peek())) {
      if (!item(value)) return false;
      if (closes(tokens_.peek())) break;
      if (!tokens_.next().is(",")) return false;
      value.sequence = true;
    }
    return true;
  }

  bool item(Value& value) {
    const PythonToken token = tokens_.next();
    if (token.is("None")) return true;
    if (token.is("(") || token.is("[")) {
      const std::string_view closing = token.is("(") ? ")" : "]";
      value.sequence = value.sequence || token.is("[");
      if (!items(value, [&](const PythonToken& next) { return next.is(closing); })) return false;
      return tokens_.next().is(closing);
    }
    if (token.kind != PythonKind::string || !token.literal) return false;
    std::string text = token.text;
    while (tokens_.peek().kind == PythonKind::string) {
      const PythonToken more = tokens_.next();
      if (!more.literal) return false;
      text += more.text;
    }
    if (text.empty()) return false;
    value.strings.push_back(std::move(text));
    return true;
  }

  PythonTokens& tokens_;
};

class RevisionReader {
 public:
  RevisionReader(const std::string& path, std::string_view text) : path_(path), text_(text), tokens_(text) {
    revision_.path = path;
  }

  Result<Revision> read() {
    bool first = true;
    bool local = false;  // inside a function or a class: its names are its own
    for (PythonToken token = tokens_.peek(); token.kind != PythonKind::end; token = tokens_.peek()) {
      if (token.kind == PythonKind::newline || token.is(";")) {
        tokens_.next();
        continue;
      }
      if (token.column == 0) local = opens_local_scope(token);
      Result<> done;
      if (local) {
        done = skip();
      } else if (first && token.kind == PythonKind::string) {
        const std::size_t begin = token.text.find_first_not_of(" \n\t");
        if (begin != std::string::npos)
          revision_.message = trim(token.text.substr(begin, token.text.find('\n', begin) - begin));
        done = skip();
      } else {
        done = statement(token.column == 0);
      }
      if (!done) return std::unexpected(done.error());
      first = false;
    }
    if (revision_.id.empty()) {
      return fail(
          {.code = ExitCode::invalid_migrations,
           .message = "no revision is declared here",
           .hint = "an Alembic revision has a line like revision = \"1975ea83b712\"; move other files elsewhere",
           .where = {.file = path_}});
    }
    return std::move(revision_);
  }

 private:
  std::unexpected<Error> uncertain(std::size_t offset, std::string_view name) const {
    return invalid_at(path_, text_, offset,
                      std::format("{} cannot be read with certainty without running Python", name),
                      "write it as plain strings: \"…\", None, or a tuple or list of strings, once, at the top level");
  }

  std::unexpected<Error> broken(const PythonToken& token) const {
    return invalid_at(path_, text_, token.offset, "this string has no end");
  }

  Result<> skip() {
    while (!ends_statement(tokens_.peek())) {
      const PythonToken token = tokens_.next();
      if (token.kind == PythonKind::broken) return broken(token);
    }
    return {};
  }

  /// One statement that is not local to a function.
  Result<> statement(bool top_level) {
    PythonTokens ahead = tokens_;
    const PythonToken name = ahead.next();
    const PythonToken sign = ahead.next();
    if (top_level && is_wanted(name) && (sign.is("=") || sign.is(":"))) return assignment(name);
    return refuse_hidden_assignment();
  }

  Result<> assignment(const PythonToken& name) {
    tokens_.next();
    PythonToken sign = tokens_.next();
    while (!(sign.is("=") && sign.depth == 0)) {                               // an annotation
      if (ends_statement(sign) || sign.kind == PythonKind::broken) return {};  // without a value it assigns nothing
      sign = tokens_.next();
    }
    auto value = ValueReader(tokens_).read();
    if (!value || !ends_statement(tokens_.peek()) || !seen_.insert(name.text).second) {
      return uncertain(name.offset, name.text);
    }
    if (name.text == "revision") {
      if (value->sequence || value->strings.size() != 1) return uncertain(name.offset, name.text);
      revision_.id = value->strings.front();
    } else if (name.text == "down_revision") {
      revision_.down = std::move(value->strings);
    } else if (name.text == "depends_on") {
      revision_.depends_on = std::move(value->strings);
    } else {
      revision_.labels = std::move(value->strings);
    }
    return {};
  }

  /// `if …: revision = …`, `revision, x = …`, `import y as revision`, `for revision in …`, `from y import *`.
  Result<> refuse_hidden_assignment() {
    std::optional<PythonToken> named;
    bool binds = false;
    bool imports = false;
    bool attribute = false;  // of something else
    for (PythonToken token = tokens_.peek(); !ends_statement(token); token = tokens_.peek()) {
      tokens_.next();
      if (token.kind == PythonKind::broken) return broken(token);
      if (token.is("import")) imports = true;
      if (imports && token.is("*")) return uncertain(token.offset, "a revision with import *");
      if (token.is("as") || token.is("import") || token.is("for") || token.is("del")) binds = true;
      const bool last = tokens_.peek().is(":=") || token.is(":=");
      const bool assigns = token.is("=") && token.depth == 0;
      if (is_wanted(token) && !attribute && token.depth == 0) {
        if (binds) return uncertain(token.offset, token.text);
        named = token;
      }
      if (is_wanted(token) && last) return uncertain(token.offset, token.text);
      attribute = token.is(".");
      const bool augmented = token.kind == PythonKind::sign && token.text.size() > 1 && token.text.ends_with('=') &&
                             token.text != "==" && token.text != "!=" && token.text != "<=" && token.text != ">=";
      if (named && (assigns || (augmented && token.depth == 0))) return uncertain(named->offset, named->text);
    }
    return {};
  }

  const std::string& path_;
  std::string_view text_;
  PythonTokens tokens_;
  Revision revision_;
  std::set<std::string> seen_;
};

}  // namespace

Result<Revision> parse_revision(const std::string& path, std::string_view text) {
  return RevisionReader(path, text).read();
}

bool sets_table_otherwise(std::string_view text) {
  const bool written = find_keyword_argument(text, "version_table").present ||
                       find_keyword_argument(text, "version_table_schema").present;
  PythonTokens tokens(text);
  PythonToken before{.kind = PythonKind::newline};
  bool defines = false;  // `def f(**options)` only receives them
  for (PythonToken token = tokens.next(); token.kind != PythonKind::end; token = tokens.next()) {
    if (before.kind == PythonKind::newline) defines = token.is("def") || token.is("async");
    const bool spreads = (before.is("(") || before.is(",")) && token.is("*") && tokens.peek().is("*");
    if (spreads && token.depth > 0 && !defines) return true;
    const bool string = token.kind == PythonKind::string;
    if (string && token.text.contains("search_path")) return true;
    if (string && !written && token.text.starts_with("version_table")) return true;
    before = token;
  }
  return false;
}

KeywordArgument find_keyword_argument(std::string_view text, std::string_view name) {
  KeywordArgument found;
  PythonTokens tokens(text);
  for (PythonToken token = tokens.next(); token.kind != PythonKind::end; token = tokens.next()) {
    if (!token.is(name) || token.depth == 0 || !tokens.peek().is("=")) continue;
    tokens.next();
    const PythonToken value = tokens.next();
    const PythonToken after = tokens.peek();
    const bool literal = value.kind == PythonKind::string && value.literal && (after.is(",") || after.is(")"));
    if (found.present && found.value != value.text) found.certain = false;
    if (!literal) found.certain = false;
    found.present = true;
    if (literal) found.value = value.text;
  }
  return found;
}

}  // namespace pge
