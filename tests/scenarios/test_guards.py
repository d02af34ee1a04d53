"""Wrong targets are refused; MIGRATE=check and off."""

import pytest

from conftest import HISTORY, OLD_HISTORY

ONE = {"0001_one.sql": "create table one (id integer);"}
TWO = ONE | {"0002_two.sql": "create table two (id integer);"}
START = ["--", "echo", "started"]


def test_tables_without_a_history_are_78_unless_allowed(entrypoint, database):
    database.execute("create table somebody_elses (id integer)")
    run = entrypoint(*START, migrations=ONE)
    assert run.code == 78
    for word in ("somebody_elses", "baseline", "--allow-existing"):
        assert word in run.err
    assert "started" not in run.out
    assert not database.exists("one") and not database.exists(HISTORY)
    assert entrypoint("--allow-existing", *START).out == "started\n"
    assert database.applied() == ["1"]
    # From now on the history says whose database this is.
    assert entrypoint(*START).code == 0


def test_check_and_migrate_give_one_judgement_of_tables_without_a_history(entrypoint, database):
    database.execute("create table somebody_elses (id integer)")
    for arguments in (["check"], ["migrate"], ["--migrate", "check", *START], START):
        run = entrypoint(*arguments, migrations=ONE)
        assert run.code == 78 and "baseline" in run.err, (arguments, run.err)
        assert run.out == ""
    assert entrypoint("check", "--allow-existing").out == "pending 1_one\n"


@pytest.mark.parametrize("place", ["option", "URL"])
def test_the_guard_looks_where_the_migrations_go(entrypoint, database, place):
    """--search-path and the URL's schema hold for the look without the lock as well."""
    database.execute("create schema app; grant all on schema app to owner; create table app.theirs (id integer)")
    options = ["--search-path", "app"] if place == "option" else []
    env = {"DATABASE_URL": database.url_of("owner", query="?schema=app")} if place == "URL" else {}
    for arguments in (["check"], ["migrate"]):
        run = entrypoint(*arguments, *options, migrations=ONE, env=env)
        assert run.code == 78 and "schema app has tables (among them" in run.err, run.err
    # The twin: without it the migrations go to public, which is empty.
    assert entrypoint("check").code == 3


def test_tables_in_another_schema_are_told_and_not_judged(entrypoint, database):
    database.execute("create schema elsewhere; create table elsewhere.t (id integer)")
    run = entrypoint(*START, migrations=ONE)
    assert run.code == 0
    assert [line for line in run.err.splitlines() if "warning" in line and "schemas=elsewhere" in line]
    # The twin: once there is a history, it says whose database this is.
    assert "schemas=" not in entrypoint("migrate", migrations=TWO).err


def test_an_empty_history_in_another_schema_is_no_obstacle(entrypoint, database):
    assert entrypoint("migrate", "--history-table", "app.h", migrations=ONE).code == 0
    refused = entrypoint("migrate", "--history-table", "meta.h", migrations=TWO)
    assert refused.code == 78 and "--history-table app.h" in refused.err
    database.execute("delete from app.h; drop table one")
    assert entrypoint("migrate", "--history-table", "meta.h").code == 0
    assert database.history(table="meta.h") == ["1", "2"]


def test_a_history_in_another_schema_is_78(entrypoint, database):
    assert entrypoint("migrate", "--history-table", "app.pg_entrypoint_history", migrations=ONE).code == 0
    run = entrypoint(*START, migrations=TWO)
    assert run.code == 78 and "--history-table app.pg_entrypoint_history" in run.err
    assert "started" not in run.out and not database.exists("two")
    assert not database.exists(OLD_HISTORY) and not database.exists(HISTORY)


def test_a_history_table_may_have_a_schema_of_its_own_that_is_made(entrypoint, database):
    run = entrypoint("--history-table", "Audit.Applied", *START, migrations=ONE)
    assert run.code == 0, run.err
    assert database.history(table='"Audit"."Applied"') == ["1"]
    assert entrypoint("check", "--history-table", "Audit.Applied").code == 0


@pytest.mark.parametrize("name", ["", ".", "a.b.c", "a.", 'x"y', "n" * 64])
def test_a_history_table_that_is_no_name_is_78(entrypoint, database, name):
    run = entrypoint("migrate", f"--history-table={name}", migrations=ONE)
    assert run.code in (64, 78) and "--history-table" in run.err
    assert not database.exists("one")


def test_a_history_that_we_may_not_read_is_77_and_not_empty(entrypoint, database):
    entrypoint("migrate", migrations=ONE)
    run = entrypoint(*START, migrations=TWO, env={"DATABASE_URL": database.url_of("reader")})
    assert run.code == 77 and "grant select" in run.err and "sqlstate=42501" in run.err
    assert "started" not in run.out and not database.exists("two")


def test_reading_is_enough_when_nothing_is_pending(entrypoint, database):
    entrypoint("migrate", migrations=ONE)
    database.execute(f"grant usage on schema pgentrypoint to reader; grant select on {HISTORY} to reader")
    run = entrypoint(*START, env={"DATABASE_URL": database.url_of("reader")})
    assert (run.code, run.out) == (0, "started\n")


def test_a_schema_where_we_may_not_create_is_77(entrypoint, database):
    run = entrypoint(*START, migrations=ONE, env={"DATABASE_URL": database.url_of("reader")})
    assert run.code == 77 and "create schema" in run.err and "authorization" in run.err
    assert "started" not in run.out


def test_a_table_that_only_has_the_name_of_the_history_is_78(entrypoint, database):
    database.execute("create table pg_entrypoint_history (id integer); alter table pg_entrypoint_history owner to owner")
    run = entrypoint(*START, migrations=ONE)
    assert run.code == 78 and "not a history table" in run.err
    assert not database.exists("one")


def test_a_history_of_a_later_format_is_78(entrypoint, database):
    entrypoint("migrate", migrations=ONE)
    database.execute(f"update {HISTORY} set format = 3")
    run = entrypoint(*START)
    assert run.code == 78 and "format 3" in run.err
    assert "started" not in run.out


def test_check_starts_only_when_nothing_is_pending(entrypoint, database):
    run = entrypoint(*START, migrations=ONE, env={"PG_ENTRYPOINT_MIGRATE": "check"})
    assert run.code == 75 and "1_one" in run.err
    assert "started" not in run.out and not database.exists("one")
    assert not database.exists(HISTORY)
    entrypoint("migrate")
    assert entrypoint(*START, env={"PG_ENTRYPOINT_MIGRATE": "check"}).out == "started\n"


def test_off_waits_and_serves_and_says_so(entrypoint, database):
    run = entrypoint(*START, migrations={"0001_broken.sql": "not sql '"}, env={"PG_ENTRYPOINT_MIGRATE": "off"})
    assert (run.code, run.out) == (0, "started\n")
    assert "warning migrating is off (--migrate, PG_ENTRYPOINT_MIGRATE)" in run.err
    assert not database.exists(HISTORY)


def test_off_still_waits_for_the_database(entrypoint):
    run = entrypoint("--migrate", "off", "--wait-timeout", "200ms", *START, env={"DATABASE_URL": "postgresql://127.0.0.1:1/app"})
    assert run.code == 69 and "started" not in run.out
