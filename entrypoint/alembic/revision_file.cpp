#include "alembic/revision_file.hpp"

#include <algorithm>
#include <array>
#include <format>
#include <optional>
#include <utility>

#include "alembic/python_statements.hpp"
#include "alembic/revision_value.hpp"
#include "core/invalid.hpp"
#include "core/strings.hpp"
#include "core/text.hpp"

namespace pge {
namespace {

constexpr std::array<std::string_view, 4> wanted{"revision", "down_revision", "depends_on", "branch_labels"};

bool is_wanted(const PythonToken& token) {
  return token.kind == PythonKind::name && std::ranges::contains(wanted, token.text);
}

/// Modules whose `import *` brings none of the four names. Alembic has imported them before it reads a revision, so no
/// file of the project can stand in for them.
bool brings_no_wanted_name(std::span<const PythonToken> statement) {
  static constexpr std::array<std::string_view, 12> known{"sqlalchemy",  "typing", "datetime", "enum",
                                                          "collections", "os",     "re",       "functools",
                                                          "itertools",   "uuid",   "decimal",  "math"};
  if (statement.size() < 4) return false;
  const bool operations = statement[1].is("alembic") && statement[2].is(".") && statement[3].is("op");
  return operations || std::ranges::contains(known, statement[1].text);
}

/// A call that can give a module's names values without naming them: `exec(…)`, `globals()[…]`, `setattr(module, …)`.
bool reaches_names_by_a_call(std::span<const PythonToken> tokens) {
  static constexpr std::array<std::string_view, 7> calls{"exec", "eval",    "globals", "locals",
                                                         "vars", "setattr", "delattr"};
  for (std::size_t at = 0; at + 1 < tokens.size(); ++at) {
    const bool called = tokens[at + 1].is("(") && std::ranges::contains(calls, tokens[at].text);
    if (called && is_own_name(tokens, at)) return true;
  }
  // sys.modules[__name__].revision = …
  return std::ranges::any_of(tokens, [](const PythonToken& token) { return token.is("modules"); }) &&
         std::ranges::any_of(tokens, [](const PythonToken& token) { return token.is("__name__"); });
}

/// What is known of one of the four names.
struct Known {
  std::optional<RevisionValue> value = {};
  std::optional<std::size_t> doubt = {};  ///< where something else may have given it another value
  std::string doubtful = {};              ///< what that is, for the message

  bool is_doubtful() const noexcept { return doubt.has_value(); }
};

class RevisionReader {
 public:
  explicit RevisionReader(const Source& source) : source_(source), statements_(source.text) {}

  Result<Revision> read() {
    bool first = true;
    while (auto statement = statements_.next()) {
      const PythonToken& last = statement->tokens.back();
      if (last.kind == PythonKind::broken) return invalid_at(source_, last.offset, "this string is never closed");
      if (std::exchange(first, false) && read_message(*statement)) continue;
      take(*statement);
    }
    return std::ranges::any_of(known_, &Known::is_doubtful) ? uncertain() : make();
  }

 private:
  std::unexpected<Error> uncertain(std::size_t offset, std::string_view what) const {
    return invalid_at(source_, offset, std::format("{} cannot be read with certainty without running Python", what),
                      "write it as plain strings at the top level: \"…\", None, or a tuple or list of strings");
  }

  /// All doubtful names, at the first doubt's place.
  Result<Revision> uncertain() const {
    std::size_t offset = source_.text.view().size();
    std::vector<std::string> names;
    for (const Known& known : known_) {
      if (!known.is_doubtful()) continue;
      offset = std::min(offset, *known.doubt);
      if (!std::ranges::contains(names, known.doubtful)) names.push_back(known.doubtful);
    }
    return uncertain(offset, joined(names));
  }

  Known& known(std::string_view name) {
    return known_.at(static_cast<std::size_t>(std::ranges::find(wanted, name) - wanted.begin()));
  }

  static void doubt(Known& known, std::size_t offset, const std::string& what) {
    known.value.reset();
    if (!known.doubt) known.doubt = offset, known.doubtful = what;
  }

  void doubt(const PythonToken& name) { doubt(known(name.text), name.offset, name.text); }

  void doubt_all(std::size_t offset, const std::string& what) {
    for (Known& one : known_) doubt(one, offset, what);
  }

  /// The docstring's first line.
  bool read_message(const PythonStatement& statement) {
    if (statement.tokens.front().kind != PythonKind::string) return false;
    const std::string& text = statement.tokens.front().text;
    const std::size_t begin = std::min(text.find_first_not_of(" \n\t"), text.size());
    revision_.message = trim(std::string_view(text).substr(begin, text.find('\n', begin) - begin));
    return statement.tokens.size() == 1;
  }

  void take(const PythonStatement& statement) {
    const std::span<const PythonToken> tokens(statement.tokens);
    if (statement.scope == PythonScope::local) return take_local(tokens);
    if (statement.scope == PythonScope::module && assign(tokens)) return;
    doubt_changed_lists(tokens);
    for (const PythonToken* name : bound_names(statement)) {
      if (is_wanted(*name)) doubt(*name);
      // A module may compute the names that it does not have.
      if (name->is("__getattr__")) getattr_ = name->offset;
    }
    if (statement.scope == PythonScope::definition) return;
    const auto star = std::ranges::find_if(tokens, [](const PythonToken& token) { return token.is("*"); });
    const auto import = std::ranges::find_if(tokens, [](const PythonToken& token) { return token.is("from"); });
    if (star != tokens.end() && star != tokens.begin() && (star - 1)->is("import") &&
        !brings_no_wanted_name({import, tokens.end()})) {
      doubt_all(star->offset, "a revision with import *");
    }
    if (reaches_names_by_a_call(tokens)) doubt_all(tokens.front().offset, "a revision with such a statement");
  }

  /// A function's names are its own, except those that it declares to be global.
  void take_local(std::span<const PythonToken> tokens) {
    bool global = false;
    for (const PythonToken& token : tokens) {
      global = global || token.is("global");
      if (global && is_wanted(token) && !global_) global_ = token;
    }
  }

  /// `revision = …` or `revision: str = …` with a value that can be read. An annotation alone assigns nothing.
  bool assign(std::span<const PythonToken> tokens) {
    if (!is_wanted(tokens.front()) || tokens.size() < 2 || !(tokens[1].is("=") || tokens[1].is(":"))) return false;
    const auto sign =
        std::ranges::find_if(tokens, [](const PythonToken& token) { return token.is("=") && token.depth == 0; });
    if (sign == tokens.end()) return true;
    auto value = read_revision_value({sign + 1, tokens.end()});
    const bool is_id = tokens.front().is("revision");
    if (!value || (is_id && (value->sequence || value->strings.size() != 1))) return false;
    known(tokens.front().text) = {.value = std::move(value)};
    return true;
  }

  /// A list can be changed by whoever mentions it: `down_revision.append(…)`, `x = down_revision`.
  void doubt_changed_lists(std::span<const PythonToken> tokens) {
    for (std::size_t at = 0; at < tokens.size(); ++at) {
      if (!is_wanted(tokens[at]) || !is_own_name(tokens, at)) continue;
      const Known& list = known(tokens[at].text);
      if (list.value && list.value->is_list) doubt(tokens[at]);
    }
  }

  Result<Revision> make() {
    if (global_) return uncertain(global_->offset, global_->text);
    std::array<std::vector<std::string>, wanted.size()> strings;
    for (std::size_t at = 0; at < wanted.size(); ++at) {
      if (known_.at(at).value) {
        strings.at(at) = std::move(known_.at(at).value->strings);
      } else if (getattr_) {
        return uncertain(*getattr_, wanted.at(at));
      }
    }
    auto& [id, down, depends_on, labels] = strings;
    if (id.empty()) {
      return fail(
          {.code = ExitCode::invalid_migrations,
           .message = "no revision is declared here",
           .hint = "an Alembic revision has a line like revision = \"1975ea83b712\"; move other files elsewhere",
           .where = {.file = source_.path}});
    }
    if (const std::size_t bad = id.front().find_first_of("@-+"); bad != std::string::npos) {
      return invalid_file(source_.path,
                          std::format("Alembic does not allow {} in a revision's id: {}", id.front()[bad], id.front()),
                          "give it another id, and correct the down_revision of those that follow it");
    }
    revision_.path = source_.path;
    revision_.id = std::move(id.front());
    revision_.down = std::move(down);
    revision_.depends_on = std::move(depends_on);
    revision_.labels = std::move(labels);
    return std::move(revision_);
  }

  const Source& source_;
  PythonStatements statements_;
  Revision revision_;
  std::array<Known, wanted.size()> known_;
  std::optional<PythonToken> global_;
  std::optional<std::size_t> getattr_;
};

}  // namespace

Result<Revision> parse_revision(const Source& source) {
  return RevisionReader(source).read();
}

}  // namespace pge
