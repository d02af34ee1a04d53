#include "history/facts.hpp"

#include <format>
#include <initializer_list>
#include <utility>

#include "core/host_name.hpp"
#include "core/sha256.hpp"
#include "core/strings.hpp"
#include "core/tool_version.hpp"
#include "history/ddl.hpp"
#include "history/refusal.hpp"
#include "history/replication.hpp"

namespace pge {
namespace {

constexpr std::string_view run_kind = "run";
constexpr std::string_view ancestry_kind = "ancestry";

/// The primary key. States can be longer than an index row may be, so the key is a digest; each part is preceded by its
/// length, so that no two rows have the same text.
std::string row_key(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text += std::format("{}:{}\n", part.size(), part);
  return sha256_hex(text);
}

/// Refuses rows that only a newer release can work with. `format` is the column of that name in each row.
Result<> known_format(const Rows& rows, std::size_t column, const std::string& qualified) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto needed = rows.integer(i, column);
    if (needed > history_format) return fail(newer_format(qualified, needed));
  }
  return {};
}

}  // namespace

Facts::Facts(Session& session, const HistoryTable& table)
    : session_(&session), name_(table.facts()), qualified_(qualified_name(session, name_)) {}

Result<bool> Facts::exists() {
  auto found = session_->query(
      "select pg_catalog.row_security_active(c.oid), c.relforcerowsecurity "
      "from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace "
      "where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p', 'v', 'm', 'f')",
      {name_.schema, name_.name});
  if (!found) return fail(found.error());
  if (found->empty()) return false;
  if (found->boolean(0, 0)) return fail(hidden_rows(*session_, name_, found->boolean(0, 1)));
  return true;
}

Result<std::vector<Fact>> Facts::read(const std::string& application) {
  auto there = exists();
  if (!there) return fail(there.error());
  if (!*there) return std::vector<Fact>{};
  auto rows = session_->query(
      std::format("select command, inputs, state_found, state_left, migrator, "
                  "pg_catalog.to_char(applied_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), applied_by, "
                  "coalesce(milliseconds, 0), format from {} where kind = $1 and application = $2 and not replicated "
                  "order by applied_at, id",
                  qualified_),
      {std::string(run_kind), application});
  if (!rows) return fail(explain_access(*session_, name_, "select", rows.error()));
  if (auto known = known_format(*rows, 8, qualified_); !known) return fail(known.error());
  std::vector<Fact> facts;
  facts.reserve(rows->size());
  for (std::size_t i = 0; i < rows->size(); ++i) {
    facts.push_back({.application = application,
                     .command = rows->text(i, 0),
                     .inputs = rows->text(i, 1),
                     .found = rows->text(i, 2),
                     .left = rows->text(i, 3),
                     .migrator = rows->text(i, 4),
                     .applied_at = rows->text(i, 5),
                     .applied_by = rows->text(i, 6),
                     .milliseconds = rows->integer(i, 7)});
  }
  return facts;
}

Result<std::optional<Ancestry>> Facts::ancestry(const std::string& application, const std::string& state) {
  auto there = exists();
  if (!there) return fail(there.error());
  if (!*there) return std::nullopt;
  auto rows = session_->query(std::format("select pg_catalog.array_to_string(ancestors, pg_catalog.chr(10)), format "
                                          "from {} where id = $1 and not replicated",
                                          qualified_),
                              {row_key({ancestry_kind, application, state})});
  if (!rows) return fail(explain_access(*session_, name_, "select", rows.error()));
  if (auto known = known_format(*rows, 1, qualified_); !known) return fail(known.error());
  if (rows->empty()) return std::nullopt;
  return Ancestry{.application = application, .state = state, .ancestors = split(rows->text(0, 0), "\n")};
}

Result<> Facts::create(const AdvisoryLock& lock) {
  auto there = exists();
  if (!there) return fail(there.error());
  if (*there) return {};
  if (auto held = lock.verify(); !held) return held;
  auto created = session_->batch(facts_table_ddl(qualified_));
  if (created) return mark_replicated_rows(*session_, name_);
  Error error = created.error();
  error.message = std::format("the facts table {} could not be created: {}", qualified_, error.message);
  if (error.is_sqlstate("42501")) {
    error.code = ExitCode::refused;
    error.hint = std::format(
        "grant create on schema {} to the migrating role, or use --history-table with a schema it "
        "owns, or --role",
        session_->quote_identifier(name_.schema));
  }
  return fail(std::move(error));
}

Result<> Facts::add(const AdvisoryLock&, const Fact& fact, std::chrono::milliseconds took) {
  auto added = session_->query(
      std::format("insert into {} as fact (id, kind, application, command, inputs, state_found, state_left, migrator, "
                  "applied_by, applied_from, milliseconds, tool_version) "
                  "values ($1, $2, $3, $4, $5, $6, $7, $8, session_user, $9, $10::bigint, $11) "
                  "on conflict (id) do update set replicated = false where fact.replicated",
                  qualified_),
      {row_key({run_kind, fact.application, fact.command, fact.inputs, fact.found, fact.left}), std::string(run_kind),
       fact.application, fact.command, fact.inputs, fact.found, fact.left, fact.migrator, host_name(),
       std::to_string(took.count()), tool_version()});
  if (!added) return fail(explain_access(*session_, name_, "insert", added.error()));
  return {};
}

Result<bool> Facts::add(const Ancestry& ancestry) {
  auto there = exists();
  if (!there) return fail(there.error());
  if (!*there) return false;
  auto added = session_->query(
      std::format("insert into {} (id, kind, application, state_left, ancestors, applied_by, applied_from, "
                  "tool_version) values ($1, $2, $3, $4, pg_catalog.string_to_array($5, pg_catalog.chr(10)), "
                  "session_user, $6, $7) on conflict (id) do nothing",
                  qualified_),
      {row_key({ancestry_kind, ancestry.application, ancestry.state}), std::string(ancestry_kind), ancestry.application,
       ancestry.state, joined(ancestry.ancestors, "\n"), host_name(), tool_version()});
  if (added) return true;
  // Without the privilege, on a standby or in a read-only session nothing is stored, and nothing depends on it now.
  if (added.error().is_sqlstate("42501") || added.error().is_sqlstate("25006")) return false;
  return fail(explain_access(*session_, name_, "insert", added.error()));
}

}  // namespace pge
