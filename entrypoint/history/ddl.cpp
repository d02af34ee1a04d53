#include "history/ddl.hpp"

#include <format>

namespace pge {

std::string history_table_ddl(std::string_view qualified) {
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
  primary key (kind, version)
);
comment on table {0} is 'What pg-entrypoint has applied to this database, format {1}. Do not edit by hand.')",
      qualified, history_format);
}

}  // namespace pge
