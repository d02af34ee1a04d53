#include "history/table_name.hpp"

#include <algorithm>
#include <cstdlib>
#include <format>
#include <utility>

#include "core/sha256.hpp"

namespace pge {
namespace {

constexpr std::size_t longest_identifier = 63;
constexpr std::string_view facts_suffix = "_facts";

/// A name with the suffix, shortened between characters where it would become too long for PostgreSQL. Two tables that
/// share their facts table so do no harm: each fact says which application it belongs to.
std::string with_suffix(std::string name) {
  std::size_t end = std::min(name.size(), longest_identifier - facts_suffix.size());
  const auto continues = [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; };
  while (end > 0 && end < name.size() && continues(name[end])) --end;
  return name.substr(0, end).append(facts_suffix);
}

}  // namespace

HistoryTable::Name HistoryTable::default_place() {
  return {.schema = "pgentrypoint", .name = "history"};
}

HistoryTable::Name HistoryTable::old_default_place() {
  return {.schema = "public", .name = "pg_entrypoint_history"};
}

Result<HistoryTable> HistoryTable::parse(const std::optional<std::string>& text, bool namesakes_allowed) {
  if (!text) {
    Name place = default_place();
    return HistoryTable{.schema = std::move(place.schema),
                        .name = std::move(place.name),
                        .namesakes_allowed = namesakes_allowed,
                        .chosen = false};
  }
  const std::size_t dot = text->find('.');
  HistoryTable table{.schema = dot == std::string::npos ? "public" : text->substr(0, dot),
                     .name = dot == std::string::npos ? *text : text->substr(dot + 1),
                     .namesakes_allowed = namesakes_allowed};
  if (table.schema.starts_with("pg_")) {
    return fail(ExitCode::configuration,
                std::format("--history-table '{}': schema names that start with pg_ are reserved by PostgreSQL", *text),
                "choose another schema, for example entrypoint.history");
  }
  const auto sound = [](const std::string& part) {
    return !part.empty() && part.size() <= longest_identifier && !part.contains('.') && !part.contains('"');
  };
  if (!sound(table.schema) || !sound(table.name)) {
    return fail(ExitCode::configuration, std::format("--history-table '{}' is not a table name", *text),
                "write schema.name, for example entrypoint.history");
  }
  return table;
}

std::vector<HistoryTable::Name> HistoryTable::places() const {
  if (chosen) return {place()};
  return {default_place(), old_default_place()};
}

HistoryTable HistoryTable::at(const Name& there) const {
  HistoryTable table = *this;
  table.schema = there.schema;
  table.name = there.name;
  return table;
}

HistoryTable::Name HistoryTable::facts() const {
  const Name here = place();
  if (here == default_place()) return {.schema = schema, .name = "facts"};
  if (here == old_default_place()) return {.schema = schema, .name = "pg_entrypoint_facts"};
  return {.schema = schema, .name = with_suffix(name)};
}

std::int64_t HistoryTable::derived_key() const {
  const Name keyed = place() == default_place() ? old_default_place() : place();
  const std::string digest = sha256_hex("pg-entrypoint\n" + keyed.schema + "\n" + keyed.name);
  return static_cast<std::int64_t>(std::strtoull(digest.substr(0, 16).c_str(), nullptr, 16));
}

}  // namespace pge
