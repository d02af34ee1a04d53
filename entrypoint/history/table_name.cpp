#include "history/table_name.hpp"

#include <cstdlib>
#include <format>

#include "core/sha256.hpp"

namespace pge {
namespace {

constexpr std::size_t longest_identifier = 63;

}  // namespace

Result<HistoryTable> HistoryTable::parse(std::string_view text, bool namesakes_allowed) {
  const std::size_t dot = text.find('.');
  HistoryTable table{.schema = std::string(dot == std::string_view::npos ? "public" : text.substr(0, dot)),
                     .name = std::string(dot == std::string_view::npos ? text : text.substr(dot + 1)),
                     .namesakes_allowed = namesakes_allowed};
  if (table.schema.starts_with("pg_")) {
    return fail(ExitCode::configuration,
                std::format("--history-table '{}': schema names that start with pg_ are reserved by PostgreSQL", text),
                "choose another schema, for example entrypoint.history");
  }
  const auto sound = [](const std::string& part) {
    return !part.empty() && part.size() <= longest_identifier && !part.contains('.') && !part.contains('"');
  };
  if (!sound(table.schema) || !sound(table.name)) {
    return fail(ExitCode::configuration, std::format("--history-table '{}' is not a table name", text),
                "write schema.name, for example public.pg_entrypoint_history");
  }
  return table;
}

std::int64_t HistoryTable::lock_key() const {
  const std::string digest = sha256_hex("pg-entrypoint\n" + schema + "\n" + name);
  return static_cast<std::int64_t>(std::strtoull(digest.substr(0, 16).c_str(), nullptr, 16));
}

}  // namespace pge
