"""Thirty migrations of every kind, each long enough for a kill to meet it, and with a trace of each statement that ran.

They expect the roles `owner` (who migrates) and `worker` (whom owner may become).
"""

NO_TRANSACTION = "-- pg-entrypoint: no-transaction\n"


def ran(step):
    """A trace without a key: a statement that ran twice shows."""
    return f"insert into public.ran values ('{step}');\n"


def nap(seconds=0.02):
    return f"select pg_catalog.pg_sleep({seconds});\n"


START = """
create table ran (step text not null);
grant insert on ran to worker;
create table items (id integer not null, name text, kind text, note text);
insert into items select n, 'item ' || n, 'kind ' || n % 7, repeat('x', n % 50) from generate_series(1, 10000) n;
-- Builds of an index take their time.
create function slowly(integer) returns integer immutable language plpgsql as
  $$ begin perform pg_catalog.pg_sleep(0.02); return $1; end $$;
-- A record takes its time: kills shall meet the instant between a statement and its record.
create function slow_record() returns trigger language plpgsql as
  $$ begin perform pg_catalog.pg_sleep(0.008); return new; end $$;
create trigger slow_record before update on pgentrypoint.history for each row execute function slow_record();
"""

FUNCTIONS = """
create function total(bigint) returns bigint language plpgsql as $outer$
begin
  -- a ; in a body, 'quotes' and $inner$ dollars; $inner$
  perform pg_catalog.pg_sleep(0.02);
  return $1 + (select count(*) from public.ran);
end $outer$;
create function twice(integer) returns integer language sql begin atomic select $1 * 2; end;
do $$ begin perform pg_catalog.pg_sleep(0.02); insert into public.ran values ('5 do'); end $$;
select total(1), twice(2);
"""

COPY = """copy countries (code, name) from stdin;
de\tGermany
fr\tFrance; with a semicolon
no\tNorway \\\\ and a backslash
xx\t\\N
\\.
"""

DEFERRED = """
create table orders (id integer primary key);
create function check_order() returns trigger language plpgsql as
  $$ begin perform pg_catalog.pg_sleep(0.02); return new; end $$;
create constraint trigger orders_checked after insert on orders deferrable initially deferred
  for each row execute function check_order();
insert into orders values (1), (2), (3);
"""

PARTITIONS = """
create table events (at date not null, what text) partition by range (at);
create table events_2024 partition of events for values from ('2024-01-01') to ('2025-01-01');
create table events_2025 partition of events for values from ('2025-01-01') to ('2026-01-01');
create table events_2026 partition of events for values from ('2026-01-01') to ('2027-01-01');
insert into events select date '2024-01-01' + n % 1000, 'event ' || n from generate_series(1, 3000) n;
"""

PRIVATE_SETTINGS = """
set session authorization owner;
reset all;
set statement_timeout = '9s';
prepare one as select 1;
execute one;
create temporary table scratch as select 1 as n;
declare walk cursor with hold for select 1;
"""

# Name → (runs in a transaction, text).
STEPS = {
    "start": (True, START + ran("1") + nap()),
    "identity": (True, "create table people (id bigint generated always as identity primary key, name text);\n"
                       "insert into people (name) select 'person ' || n from generate_series(1, 200) n;\n"
                       + ran("2 a") + nap(0.04) + "insert into people (name) values ('the last one');\n" + ran("2 b")),
    "steps": (False, "create table steps (n integer, memory text);\n" + ran("3 a") + "set work_mem = '5MB';\n" + nap()
                     + "insert into steps values (1, current_setting('work_mem'));\n" + nap() + ran("3 b")
                     + "insert into steps select 2, current_setting('work_mem') from pg_catalog.pg_sleep(0.02);\n"),
    "index": (False, ran("4") + "create index concurrently items_name on items (name);\n"
                                "create index concurrently slow on items (slowly(id)) where id % 2000 = 0;\n"),
    "functions": (True, FUNCTIONS + ran("5")),
    "copy": (True, "create table countries (code text, name text);\n" + nap() + COPY + nap() + ran("6")),
    "maintenance": (False, "vacuum (analyze) items;\n" + ran("7 a") + "reindex index concurrently items_name;\n"
                           + ran("7 b") + "analyze items;\n"),
    "enum": (True, "create type mood as enum ('good', 'bad');\ncreate table moods (m mood);\n" + nap() + ran("8")),
    "enum_value": (True, "alter type mood add value 'fair' before 'bad';\n" + nap(0.04) + ran("9")),
    "enum_value_used": (False, "alter type mood add value 'odd';\ninsert into moods values ('odd'), ('fair');\n" + nap()
                               + ran("10")),
    "copy_in_steps": (False, "alter table countries add column n integer default 7;\n" + COPY + nap() + COPY
                             + ran("11")),
    "sequence": (True, "create sequence tickets increment 3;\n"
                       "create table tickets_sold (id integer not null default nextval('tickets'), buyer text);\n"
                       "insert into tickets_sold (buyer) select 'buyer ' || n from generate_series(1, 50) n;\n"
                       + nap(0.04) + ran("12")),
    "role": (True, "create schema side authorization worker;\nset role worker;\nset search_path = side;\n"
                   "create table notes (n integer);\n" + nap() + "insert into notes values (1);\n" + ran("13")),
    "role_in_steps": (False, "set role worker;\nset search_path = side;\ncreate table more (n integer);\n" + nap()
                             + "insert into more select * from generate_series(1, 5000);\n" + ran("14 a")
                             + "create index concurrently more_n on more (n);\ninsert into more values (0);\n"
                             + ran("14 b")),
    "replace_index": (False, "drop index concurrently items_name;\n" + ran("15")
                             + "create unique index concurrently items_id on items (id);\n"),
    "deferred": (True, DEFERRED + ran("16")),
    "column": (True, "alter table items add column price numeric default 1;\n"
                     "update items set price = id / 100.0;\n" + nap() + ran("17")),
    "reindex_table": (False, ran("18 a") + "reindex table concurrently items;\n" + ran("18 b")),
    "views": (True, "create view cheap as select id from items where price < 1;\n"
                    "create materialized view kinds as select kind, count(*) as many from items group by kind;\n"
                    + nap() + "create rule no_delete as on delete to moods do instead nothing;\n" + ran("19")),
    "view_index": (False, "create unique index concurrently kinds_kind on kinds (kind);\n"
                          "refresh materialized view concurrently kinds;\n" + ran("20")),
    "partitions": (True, PARTITIONS + nap() + ran("21")),
    "partition_indexes": (False, 'create index concurrently "Odd ""name" on public."events_2024" (what);\n'
                                 "create index concurrently if not exists what_2025 on events_2025 (what);\n"
                                 + ran("22")),
    "wrapped": (True, "begin;\n" + ran("23 a") + "savepoint here;\n" + ran("23 never") + nap()
                      + "rollback to savepoint here;\n" + ran("23 b") + "commit;\n"),
    "again": (False, "create table settings (name text primary key);\n"
                     "do $$ begin insert into public.settings values ('a') on conflict do nothing; commit; "
                     "perform pg_catalog.pg_sleep(0.02); "
                     "insert into public.settings values ('b') on conflict do nothing; end $$;\n" + ran("24")),
    "constraint": (True, "alter table items add constraint priced check (price is not null) not valid;\n" + nap()
                         + ran("25")),
    "validate": (False, "alter table items validate constraint priced;\n" + nap() + "vacuum full moods;\n" + ran("26")
                        + "cluster items using items_id;\n"),
    "private_settings": (True, PRIVATE_SETTINGS + nap() + ran("27")),
    "detach": (False, "alter table events detach partition events_2026 concurrently;\n" + ran("28")),
    "indexes_come_and_go": (False, "create unique index concurrently passing on items (slowly(id)) where id > 9995;\n"
                                   + "drop index concurrently passing;\ndrop index concurrently if exists passing;\n"
                                   + ran("29") + "reindex schema concurrently public;\n"),
    "end": (True, "comment on table items is 'done; really';\ngrant select on items to worker;\n" + nap() + ran("30")),
}


def thirty():
    """File name → text."""
    return {f"{number:04}_{name}.sql": text if transactional else NO_TRANSACTION + text
            for number, (name, (transactional, text)) in enumerate(STEPS.items(), 1)}
