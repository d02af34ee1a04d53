#include "history/ddl.hpp"

#include <format>

namespace pge {
namespace {

/// Name and type of each column that format 2 has added. A binary of format 1 inserts without them, so each may be null
/// or has a default, which describes a row that such a binary wrote.
constexpr std::string_view columns_of_format_2[] = {
    "written_format smallint not null default 1",  //
    "session_pid integer",                         //
    "session_started timestamp with time zone",    //
    "applied_in text",                             //
    "replicated boolean not null default false",   //
    "lock_key bigint",
};

}  // namespace

std::string history_table_ddl(std::string_view qualified) {
  std::string added;
  for (const std::string_view column : columns_of_format_2) added += std::format("  {},\n", column);
  return std::format(
      R"(create table {0} (
  format smallint not null default {1},
  kind text not null check (kind in ('versioned', 'repeatable', 'baseline', 'receipt')),
  version text not null,
  name text not null,
  state text not null check (state in ('applied', 'running', 'reverting')),
  step integer not null default 0,
  steps integer not null default 0,
  note text not null default '',
  checksums text[] not null default '{{}}',
  down_sql text,
  applied_order bigint not null unique,
  started_at timestamp with time zone not null default pg_catalog.clock_timestamp(),
  applied_at timestamp with time zone,
  applied_by text not null,
  applied_from text not null,
  milliseconds bigint,
  tool_version text not null,
{2}  primary key (kind, version)
);
comment on table {0} is 'What pg-entrypoint has applied to this database. Do not edit by hand.')",
      qualified, oldest_format, added);
}

std::string history_columns_ddl(std::string_view qualified) {
  std::string ddl = std::format("alter table {}", qualified);
  std::string_view separator = " ";
  for (const std::string_view column : columns_of_format_2) {
    ddl += std::format("{}add column if not exists {}", separator, column);
    separator = ", ";
  }
  return ddl;
}

std::string facts_table_ddl(std::string_view qualified) {
  return std::format(
      R"(create table {0} (
  id text primary key,
  format smallint not null default {1},
  written_format smallint not null default {1},
  kind text not null,
  application text not null,
  command text,
  inputs text,
  state_found text,
  state_left text not null,
  ancestors text[],
  migrator text not null default '',
  applied_at timestamp with time zone not null default pg_catalog.clock_timestamp(),
  applied_by text not null,
  applied_from text not null,
  milliseconds bigint,
  tool_version text not null,
  applied_in text,
  replicated boolean not null default false
);
comment on table {0} is 'What pg-entrypoint knows of runs of a migrator. Rows are added and never changed.')",
      qualified, history_format);
}

std::string signpost_ddl() {
  return R"(create view pgentrypoint.pg_entrypoint_history as
  select 'pgentrypoint.history'::pg_catalog.text as history_table;
comment on view pgentrypoint.pg_entrypoint_history is
  'Tells releases that expect the history table in schema public where it is.')";
}

}  // namespace pge
