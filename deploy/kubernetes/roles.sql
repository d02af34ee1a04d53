-- Two roles for one database: the owner migrates, the application reads and writes rows and may look at the history, no
-- more. For the variants "init-container", "job", "argo-cd" and "proxy". Run it once, before the first start, as an
-- administrator (a superuser, or who has CREATEROLE, owns the database, and is made a member of the owner):
--   psql -v ON_ERROR_STOP=1 -d projectvote -f deploy/kubernetes/roles.sql
-- Then give both roles a password (\password in psql, which sends no plain text) and put the URLs into the two secrets.
begin;
create role projectvote_owner login;
create role projectvote_app login;

grant usage, create on schema public to projectvote_owner;
grant usage on schema public to projectvote_app;
alter default privileges for role projectvote_owner in schema public
  grant select, insert, update, delete on tables to projectvote_app;
alter default privileges for role projectvote_owner in schema public
  grant usage, select on sequences to projectvote_app;

-- The history's schema exists before its table, so that the application's role may look from its first start on.
create schema pgentrypoint authorization projectvote_owner;
grant usage on schema pgentrypoint to projectvote_app;
alter default privileges for role projectvote_owner in schema pgentrypoint
  grant select on tables to projectvote_app;
commit;
