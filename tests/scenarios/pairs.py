"""Sixty-seven migrations of a web shop, each with what takes it back: the shapes that people's folders have.

Every pair is (name, directive, up, down). The database's owner, who is no superuser, can run all of them.
"""

IN_STEPS = "no-transaction"

SCHEMA = [
    ("users", "", "create table users (id bigserial primary key, email text not null, created_at timestamptz not null default now());",
     "drop table users;"),
    ("users_email_key", "", "alter table users add constraint users_email_key unique (email);", "alter table users drop constraint users_email_key;"),
    ("users_name", "", "alter table users add column first_name text, add column last_name text;",
     "alter table users drop column last_name, drop column first_name;"),
    ("uuid_key", "", "alter table users add column public_id uuid not null default gen_random_uuid();\ncreate unique index users_public_id on users (public_id);",
     "drop index users_public_id;\nalter table users drop column public_id;"),
    ("role_enum", "", "create type user_role as enum ('customer', 'clerk');\nalter table users add column role user_role not null default 'customer';",
     "alter table users drop column role;\ndrop type user_role;"),
    ("role_admin", "", "alter type user_role rename to user_role_old;\ncreate type user_role as enum ('customer', 'clerk', 'admin');\n"
     "alter table users alter column role drop default, alter column role type user_role using role::text::user_role, alter column role set default 'customer';\n"
     "drop type user_role_old;",
     "update users set role = 'clerk' where role = 'admin';\nalter type user_role rename to user_role_new;\ncreate type user_role as enum ('customer', 'clerk');\n"
     "alter table users alter column role drop default, alter column role type user_role using role::text::user_role, alter column role set default 'customer';\n"
     "drop type user_role_new;"),
    ("seed_users", "", "insert into users (email, first_name, last_name, role, public_id, created_at) values "
     "('ada@example.org', 'Ada', 'L''Overlace; née B', 'admin', '7d444840-9dc0-11d1-b245-5ffdce74fad2', '2024-01-01'), "
     "('bob@example.org', 'Bob', null, 'clerk', '7d444840-9dc0-11d1-b245-5ffdce74fad3', '2024-01-02');", "delete from users where email in ('ada@example.org', 'bob@example.org');"),
    ("products", "", "begin;\ncreate table products (id bigint generated always as identity primary key, title varchar(80) not null, "
     "price numeric(10, 2) not null check (price >= 0));\ncomment on table products is 'What is sold; see ''prices''';\ncommit;",
     "begin;\ndrop table products;\ncommit;"),
    ("products_copy", "", "copy products (title, price) from stdin;\nPen\t1.20\nInk; blue\t7.00\n\\.\n", "delete from products;"),
    ("title_length", "", "alter table products alter column title type text;", "alter table products alter column title type varchar(80);"),
    ("price_in_cents", "", "alter table products add column cents integer;\nupdate products set cents = (price * 100)::integer;\n"
     "alter table products alter column cents set not null;\nalter table products drop column price;",
     "alter table products add column price numeric(10, 2);\nupdate products set price = cents / 100.0;\n"
     "alter table products alter column price set not null, add constraint products_price_check check (price >= 0);\nalter table products drop column cents;"),
    ("rename_title", "", "alter table products rename column title to name;", "alter table products rename column name to title;"),
    ("orders", "", "create table orders (id bigserial primary key, user_id bigint not null references users (id) on delete cascade, placed date not null default current_date);\n"
     "create index orders_user on orders (user_id);", "drop table orders;"),
    ("order_lines", "", "create table order_lines (order_id bigint references orders on delete cascade, product_id bigint references products, "
     "quantity integer not null default 1, primary key (order_id, product_id));", "drop table if exists order_lines cascade;"),
    ("deferrable", "", "alter table order_lines drop constraint order_lines_product_id_fkey, add constraint line_product foreign key (product_id) "
     "references products deferrable initially deferred;",
     "alter table order_lines drop constraint line_product, add constraint order_lines_product_id_fkey foreign key (product_id) references products;"),
    ("not_valid", "", "alter table order_lines add constraint quantity_positive check (quantity > 0) not valid;", "alter table order_lines drop constraint quantity_positive;"),
    ("validate", "", "alter table order_lines validate constraint quantity_positive;",
     "alter table order_lines drop constraint quantity_positive, add constraint quantity_positive check (quantity > 0) not valid;"),
    ("placed_index", IN_STEPS, "create index concurrently orders_placed on orders (placed desc);", "drop index concurrently orders_placed;"),
    ("unique_swap", IN_STEPS, "create unique index concurrently users_email_lower on users (lower(email));\nalter table users drop constraint users_email_key;",
     "alter table users add constraint users_email_key unique (email);\ndrop index concurrently users_email_lower;"),
    ("rename_table", "", "alter table order_lines rename to items;\nalter table items rename constraint order_lines_pkey to items_pkey;",
     "alter table items rename constraint items_pkey to order_lines_pkey;\nalter table items rename to order_lines;"),
]

CODE = [
    ("touch", "", "create function touch() returns trigger language plpgsql as $$\nbegin\n  new.created_at := now(); -- not ';'\n  return new;\nend $$;\n"
     "create trigger touch before update on users for each row execute function touch();", "drop trigger touch on users;\ndrop function touch();"),
    ("touch_better", "", "create or replace function touch() returns trigger language plpgsql as $body$\nbegin\n  if new is distinct from old then new.created_at := now(); end if;\n"
     "  return new;\nend $body$;",
     "create or replace function touch() returns trigger language plpgsql as $$\nbegin\n  new.created_at := now(); -- not ';'\n  return new;\nend $$;"),
    ("total", "", "create function total(bigint) returns bigint stable begin atomic select count(*) from items where order_id = $1; end;", "drop function total(bigint);"),
    ("report", "", "create view report as select u.email, count(o.id) as orders from users u left join orders o on o.user_id = u.id group by u.email;", "drop view report;"),
    ("report_wider", "", "drop view report;\ncreate view report as select u.email, u.role, count(o.id) as orders from users u left join orders o on o.user_id = u.id group by 1, 2;",
     "drop view report;\ncreate view report as select u.email, count(o.id) as orders from users u left join orders o on o.user_id = u.id group by u.email;"),
    ("monthly", "", "create materialized view monthly as select date_trunc('month', placed) as month, count(*) as orders from orders group by 1 with no data;\n"
     "create unique index monthly_month on monthly (month);", "drop materialized view monthly;"),
    ("refresh", IN_STEPS, "refresh materialized view monthly;\nrefresh materialized view concurrently monthly;", "refresh materialized view monthly with no data;"),
    ("domain", "", "create domain quantity as integer check (value between 1 and 1000);\nalter table items alter column quantity type quantity;",
     "alter table items alter column quantity type integer;\ndrop domain quantity;"),
    ("address", "", "create type address as (street text, town text);\nalter table orders add column ship_to address;",
     "alter table orders drop column ship_to;\ndrop type address;"),
    ("archive_procedure", "", "create procedure archive(before date) language sql as 'delete from orders where placed < before';", "drop procedure archive;"),
    ("do_block", "", "do $$ begin\n  if not exists (select from pg_type where typname = 'level') then create type level as enum ('low', 'high'); end if;\nend $$;", "drop type level;"),
    ("no_delete", "", "create rule no_delete as on delete to products do instead nothing;", "drop rule no_delete on products;"),
    ("aggregate", "", "create aggregate longest(text) (sfunc = textcat, stype = text);", "drop aggregate longest(text);"),
    ("operator", "", "create function same(text, text) returns boolean immutable language sql as 'select lower($1) = lower($2)';\n"
     "create operator === (leftarg = text, rightarg = text, function = same);", "drop operator === (text, text);\ndrop function same(text, text);"),
    ("statistics", "", "create statistics users_names (dependencies) on first_name, last_name from users;", "drop statistics users_names;"),
    ("search", "", "alter table products add column words tsvector generated always as (to_tsvector('simple', name)) stored;\n"
     "create index products_words on products using gin (words);", "drop index products_words;\nalter table products drop column words;"),
    ("transition", "", "create table changes (n bigint);\ncreate function count_changes() returns trigger language plpgsql as $$ begin "
     "insert into changes select count(*) from fresh; return null; end $$;\ncreate trigger counted after insert on orders referencing new table as fresh "
     "for each statement execute function count_changes();", "drop trigger counted on orders;\ndrop function count_changes;\ndrop table changes;"),
    ("collated", "", 'create index users_last on users (last_name collate "C" text_pattern_ops) where last_name is not null;', "drop index users_last;"),
]

STORAGE = [
    ("audit_schema", "", "create schema audit;\ncreate table audit.events (id bigserial, at timestamptz not null, what jsonb) partition by range (at);",
     "drop schema audit cascade;"),
    ("partitions", "", "create table audit.events_2024 partition of audit.events for values from ('2024-01-01') to ('2025-01-01');\n"
     "create table audit.events_2025 partition of audit.events for values from ('2025-01-01') to ('2026-01-01');",
     "drop table audit.events_2025;\ndrop table audit.events_2024;"),
    ("detach", IN_STEPS, "alter table audit.events detach partition audit.events_2024 concurrently;",
     "alter table audit.events_2024 drop constraint if exists events_2024_at_check;\n"
     "alter table audit.events attach partition audit.events_2024 for values from ('2024-01-01') to ('2025-01-01');"),
    ("partition_key", "", "alter table audit.events add primary key (id, at);\nalter table audit.events_2024 add constraint y2024 check (at is not null);",
     "alter table audit.events_2024 drop constraint y2024;\nalter table audit.events drop constraint events_pkey;"),
    ("search_path", "", "set search_path = audit, public;\ncreate table notes (body text);", "set search_path = audit;\ndrop table notes;"),
    ("inherits", "", "create table people (name text);\ncreate table staff (salary integer) inherits (people);", "drop table staff;\ndrop table people;"),
    ("booking", "", "create table booking (during int4range not null, exclude using gist (during with &&));", "drop table booking;"),
    ("options", "", "alter table orders set (fillfactor = 80, autovacuum_enabled = off);", "alter table orders reset (fillfactor, autovacuum_enabled);"),
    ("storage_kind", "", "alter table products alter column name set storage external, alter column name set statistics 500;",
     "alter table products alter column name set storage extended, alter column name set statistics -1;"),
    ("unlogged", "", "create unlogged table sessions (token text primary key);", "drop table sessions;"),
    ("logged", "", "alter table sessions set logged;", "alter table sessions set unlogged;"),
    ("cluster", IN_STEPS, "alter table orders cluster on orders_user;\ncluster orders;\nvacuum (analyze) orders;", "alter table orders set without cluster;\nanalyze orders;"),
    ("sequence", "", "create sequence invoice start 1000 increment 10 owned by orders.id;\nalter table orders add column invoice bigint default nextval('invoice');",
     "alter table orders drop column invoice;\ndrop sequence invoice;"),
    ("defaults", "", "alter table orders alter column placed drop default, alter column placed drop not null;",
     "alter table orders alter column placed set not null, alter column placed set default current_date;"),
    ("identity", "", "alter table items add column line bigint generated by default as identity;", "alter table items drop column line;"),
    ("row_security", "", "alter table orders enable row level security;\ncreate policy own on orders using (user_id = 1) with check (true);",
     "drop policy own on orders;\nalter table orders disable row level security;"),
    ("grants", "", "grant select, insert on orders to other;\ngrant usage on schema audit to public;\nalter default privileges in schema audit grant select on tables to other;",
     "alter default privileges in schema audit revoke select on tables from other;\nrevoke usage on schema audit from public;\nrevoke select, insert on orders from other;"),
    ("publication", "", "create publication shop for table products;", "drop publication shop;"),
]

SHAPES = [
    ("nothing_here", "", "-- MySQL only", "-- MySQL only"),
    ("prisma_block", IN_STEPS, "begin;\nalter type level add value 'highest';\ncommit;\nbegin;\ncreate table alarms (level level default 'highest');\n"
     "insert into alarms default values;\ncommit;\ncreate index concurrently alarms_level on alarms (level);",
     "drop index concurrently alarms_level;\nbegin;\ndrop table alarms;\nalter type level rename to level_old;\ncreate type level as enum ('low', 'high');\n"
     "drop type level_old;\ncommit;"),
    ("serializable", "isolation=serializable", "create table balance as select coalesce(sum(cents), 0) as cents from products;", "drop table balance;"),
    ("set_transaction", "", "begin;\nset transaction isolation level repeatable read;\nlock table users in share mode;\ncreate table snapshot as select email from users;\ncommit;",
     "begin isolation level repeatable read;\ndrop table snapshot;\ncommit;"),
    ("local_settings", "lock_timeout=2s", "set local statement_timeout = '1min';\nset constraints all deferred;\nalter table users add column nickname text;",
     "set local statement_timeout = '1min';\nalter table users drop column nickname;"),
    ("savepoint", "", "create table kept (n integer);\nsavepoint s;\ninsert into kept values (1);\nrollback to s;\ninsert into kept values (2);", "drop table kept;"),
    ("temporary", "", "create temp table ids on commit drop as select id from users;\ncreate table imported as select id from ids;", "drop table imported;"),
    ("split_table", "", "create table profiles (user_id bigint primary key references users, first_name text, last_name text);\n"
     "insert into profiles select id, first_name, last_name from users;\ndrop statistics users_names;\ndrop index users_last;\n"
     "alter table users drop column first_name, drop column last_name;",
     "alter table users add column first_name text, add column last_name text;\nupdate users u set first_name = p.first_name, last_name = p.last_name from profiles p where p.user_id = u.id;\n"
     'create index users_last on users (last_name collate "C" text_pattern_ops) where last_name is not null;\n'
     "create statistics users_names (dependencies) on first_name, last_name from users;\ndrop table profiles;"),
    ("cursor", "", "declare c cursor for select id from users for update;\nfetch all from c;\nclose c;\nalter table users set (toast_tuple_target = 4096);",
     "alter table users reset (toast_tuple_target);"),
    ("quoted", "", 'create table "Odd ""Table; name" ("Größe" integer, "select" text default E\'it\\\'s; -- no comment\');', 'drop table "Odd ""Table; name";'),
    ("end", IN_STEPS, "set search_path = public;\ncreate table last_one (n integer);\nselect pg_catalog.set_config('search_path', '', false);\nanalyze public.last_one;",
     "drop table last_one;"),
]

PAIRS = SCHEMA + CODE + STORAGE + SHAPES


def pairs():
    """File name → text."""
    files = {}
    for number, (name, directive, up, down) in enumerate(PAIRS, 1):
        head = f"-- pg-entrypoint: {directive}\n" if directive else ""
        files[f"{number:04}_{name}.sql"] = f"{head}{up}\n\n-- migrate:down\n{down}\n"
    return files
