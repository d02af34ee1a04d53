"""The history table is hit by the user's own SQL: what happened is said, and what to type."""

import pytest

from conftest import HISTORY, PASSWORD

START = ["--", "echo", "started"]
ONE = {"1_one.sql": "create table one (id integer);"}
RAISES = ("create function public.hit() returns trigger language plpgsql as $$ begin raise 'no writing'; end $$; "
          f"create trigger hit before insert or update on {HISTORY} for each row execute function public.hit()")


@pytest.fixture
def one(entrypoint, database):
    assert entrypoint("migrate", migrations=ONE).code == 0


@pytest.mark.parametrize("sql, code, words", [
    ("drop schema pgentrypoint cascade", 76, ("could not be written", "DROP SCHEMA")),
    (f"drop table {HISTORY}", 76, ("could not be written", "dropped it")),
    (f"delete from {HISTORY}", 76, ("is gone while the lock is held", "Leave")),
    (f"truncate {HISTORY}", 76, ("is gone while the lock is held", "Leave")),
    (RAISES, 76, ("a trigger on this table failed", "drop it")),
    (f"alter table {HISTORY} enable row level security; alter table {HISTORY} force row level security", 76,
     ("is gone while the lock is held", "Leave")),
], ids=["drop schema", "drop table", "delete", "truncate", "trigger", "row security"])
def test_by_a_file(entrypoint, database, one, sql, code, words):
    hit = ONE | {"2_hit.sql": f"create table two (id integer); {sql};"}
    run = entrypoint(*START, migrations=hit)
    assert run.code == code and "started" not in run.out, run.err
    for word in words:
        assert word in run.err
    # Nothing of the file is left, so the next start can do it.
    assert not database.exists("two") and database.applied() == ["1"]
    assert entrypoint(*START, migrations=ONE | {"2_hit.sql": "create table two (id integer);"}).out == "started\n"


def test_a_trigger_that_was_there_before(entrypoint, database, one):
    database.execute(RAISES)
    run = entrypoint(*START, migrations=ONE | {"2_two.sql": "create table two (id integer);"})
    assert run.code == 76 and "a trigger on this table failed" in run.err
    database.execute(f"drop trigger hit on {HISTORY}")
    assert entrypoint(*START).code == 0


def test_rows_that_row_security_hides_are_not_an_empty_history(entrypoint, database, one):
    database.execute(f"alter table {HISTORY} enable row level security; grant usage on schema pgentrypoint to reader; "
                     f"grant select on {HISTORY} to reader")
    as_reader = {"DATABASE_URL": database.url_of("reader")}
    for arguments in (["status"], ["check"], ["--migrate", "check", *START], START):
        run = entrypoint(*arguments, env=as_reader)
        assert run.code == 77 and "row security" in run.err and "disable row level security" in run.err, arguments
        assert run.out == ""
    # The owner sees all, as long as it is not forced.
    assert entrypoint(*START).out == "started\n"
    database.execute(f"alter table {HISTORY} force row level security")
    run = entrypoint(*START)
    assert run.code == 77 and "no force row level security" in run.err and run.out == ""
    database.execute("alter role reader bypassrls")
    try:
        assert entrypoint(*START, env=as_reader).out == "started\n"
    finally:
        database.execute("alter role reader nobypassrls")


def test_the_row_security_setting_of_the_session_stays(entrypoint, database, one):
    """What the application does on a pooled connection afterwards must not fail."""
    two = ONE | {"2_two.sql": "create table two as select current_setting('row_security') as setting;"}
    assert entrypoint(*START, migrations=two).code == 0
    assert database.value("select setting from two") == "on"


@pytest.fixture
def latin(database):
    database.execute("create database latin owner owner encoding 'LATIN1' template template0 locale 'C'")
    yield {"DATABASE_URL": database.url_of("owner", name="latin")}
    database.execute("drop database latin with (force)")


def test_a_down_part_that_the_servers_encoding_cannot_hold_is_kept(entrypoint, database, latin):
    file = {"1_caf\u00e9_\u2192.sql": "create table one (id integer);\n-- migrate:down\n-- one \u2192 nothing\ndrop table one;\n"}
    run = entrypoint("migrate", migrations=file, env=latin)
    assert run.code == 0, run.err
    assert "caf\u00e9_\u2192" in entrypoint("status", env=latin).out
    assert entrypoint(*START, env=latin).out == "started\n"
    # The text that the history kept is the one that runs where the file is missing.
    run = entrypoint("down", migrations={"2_x.sql": "select 1;"}, env=latin)
    assert run.code == 0, run.err
    assert "reverted" in run.err and entrypoint("status", env=latin).out.count("applied") == 0


def test_a_statement_with_such_a_character_still_fails_by_its_own_name(entrypoint, database, latin):
    run = entrypoint("migrate", migrations={"1_x.sql": "create table x (t text);\ninsert into x values ('\u2192');"}, env=latin)
    assert run.code == 76 and "22P05" in run.err and "1_x.sql:2" in run.err
    assert PASSWORD not in run.err
