"""Where the history table is: a schema of its own, unless it is elsewhere already or no schema can be made."""

import pytest

from conftest import HISTORY, OLD_HISTORY

ONE = {"0001_one.sql": "create table one (id integer);"}
TWO = ONE | {"0002_two.sql": "create table two (id integer);"}
START = ["--", "echo", "started"]
IN_PUBLIC = ["--history-table", OLD_HISTORY]


@pytest.fixture
def reader(database):
    """The environment of a role that owns nothing."""
    return {"DATABASE_URL": database.url_of("reader")}


def hint(run):
    """The log's quotes are escaped."""
    return run.err.replace("\\", "")


def places(database):
    return [place for place in (HISTORY, OLD_HISTORY) if database.exists(place)]


def test_a_new_history_gets_a_schema_of_its_own(entrypoint, database):
    run = entrypoint(*START, migrations=ONE)
    assert (run.code, run.out) == (0, "started\n"), run.err
    assert places(database) == [HISTORY] and database.applied() == ["1"]
    assert database.rows("select relname from pg_class where relnamespace = 'public'::regnamespace") == [("one",)]


def test_a_history_that_is_in_public_is_used_there(entrypoint, database):
    assert entrypoint("migrate", *IN_PUBLIC, migrations=ONE).code == 0
    run = entrypoint(*START, migrations=TWO)
    assert (run.code, run.out) == (0, "started\n"), run.err
    assert places(database) == [OLD_HISTORY] and database.applied(OLD_HISTORY) == ["1", "2"]
    assert entrypoint("check").code == 0 and " two\n" in entrypoint("status").out


def test_a_history_that_was_moved_by_hand_is_found(entrypoint, database):
    assert entrypoint("migrate", *IN_PUBLIC, migrations=ONE).code == 0
    database.execute("create schema pgentrypoint authorization owner;"
                     f"alter table {OLD_HISTORY} rename to history; alter table history set schema pgentrypoint")
    assert entrypoint("migrate", migrations=TWO).code == 0
    assert places(database) == [HISTORY] and database.applied() == ["1", "2"]


def test_a_role_that_may_not_create_a_schema_gets_it_in_public(entrypoint, database, reader):
    database.execute("grant create on schema public to reader")
    run = entrypoint(*START, migrations=ONE, env=reader)
    assert (run.code, run.out) == (0, "started\n"), run.err
    assert "the history table was created in schema public, because this role may not create a schema" in run.err
    assert places(database) == [OLD_HISTORY]
    again = entrypoint(*START, migrations=TWO, env=reader)
    assert again.code == 0 and "was created in schema public" not in again.err
    assert database.applied(OLD_HISTORY) == ["1", "2"]


def test_a_schema_that_was_made_for_a_role_is_used(entrypoint, database, reader):
    database.execute("grant create on schema public to reader; create schema pgentrypoint authorization reader")
    assert entrypoint("migrate", migrations=ONE, env=reader).code == 0
    assert places(database) == [HISTORY]


def test_a_schema_that_a_role_may_not_use_is_77(entrypoint, database, reader):
    database.execute("grant create on schema public to reader; create schema pgentrypoint")
    run = entrypoint(*START, migrations=ONE, env=reader)
    assert run.code == 77 and 'grant usage, create on schema "pgentrypoint" to "reader"' in hint(run)
    assert places(database) == [] and not database.exists("one")


def test_a_role_that_may_create_neither_is_77(entrypoint, database, reader):
    run = entrypoint(*START, migrations=ONE, env=reader)
    assert run.code == 77 and 'create schema "pgentrypoint" authorization "reader"' in hint(run)
    assert "started" not in run.out and places(database) == []


@pytest.fixture
def both(entrypoint):
    """Both default places have a history with rows."""
    files = {"0001_one.sql": "create table if not exists one (id integer);"}
    assert entrypoint("migrate", *IN_PUBLIC, migrations=files).code == 0
    assert entrypoint("migrate", "--history-table", HISTORY, "--allow-existing").code == 0
    return files | {"0002_two.sql": TWO["0002_two.sql"]}


@pytest.mark.parametrize("command", [["migrate"], ["check"], ["status"], START, ["--migrate=check", *START]], ids=" ".join)
def test_two_histories_with_rows_are_78(entrypoint, both, command):
    run = entrypoint(*command, migrations=both)
    assert run.code == 78 and HISTORY in run.err and OLD_HISTORY in run.err and "--history-table" in run.err
    assert "started" not in run.out


def test_of_two_histories_the_one_that_is_named_is_used(entrypoint, database, both):
    assert entrypoint("migrate", *IN_PUBLIC, migrations=both).code == 0
    assert database.applied(OLD_HISTORY) == ["1", "2"] and database.applied() == ["1"]


@pytest.mark.parametrize("emptied, used", [([OLD_HISTORY], HISTORY), ([HISTORY], OLD_HISTORY),
                                           ([HISTORY, OLD_HISTORY], OLD_HISTORY)])
def test_of_two_histories_the_one_with_rows_counts(entrypoint, database, both, emptied, used):
    """Without any row it is the one that a release of before would write to."""
    for place in emptied:
        database.execute(f"truncate {place}")
    assert entrypoint("migrate", migrations=both).code == 0
    other = HISTORY if used == OLD_HISTORY else OLD_HISTORY
    assert database.applied(used) == ["1", "2"] and database.history(table=other) == []


def test_somebody_elses_table_called_history_is_no_history(entrypoint, database):
    database.execute("create schema shop; create table shop.history (version text, name text);"
                     "create table shop.pg_entrypoint_history (id integer)")
    assert entrypoint(*START, migrations=ONE).out == "started\n"
    assert places(database) == [HISTORY]


@pytest.mark.parametrize("asked", [[], ["--history-table", "second.history"],
                                   ["--history-table", "second.pg_entrypoint_history"]])
def test_a_history_elsewhere_is_never_taken_for_none(entrypoint, database, asked):
    elsewhere = "app.history" if not asked else HISTORY
    options = ["--history-table", elsewhere] if not asked else []
    assert entrypoint("migrate", *options, migrations=ONE).code == 0
    run = entrypoint(*asked, *START, migrations=TWO)
    assert run.code == 78 and f"--history-table {elsewhere}" in run.err and "--allow-existing" in run.err
    assert "started" not in run.out and not database.exists("two")


def test_the_lock_does_not_depend_on_where_the_table_will_be(entrypoint, database):
    """Before the table exists nobody knows where it will be; a release of before takes the key of its own default."""
    database.hold_lock()
    for options in [[], IN_PUBLIC, ["--history-table", HISTORY], ["--history-table", "pg_entrypoint_history"]]:
        run = entrypoint("migrate", *options, "--advisory-lock-timeout", "200ms", migrations=ONE)
        assert run.code == 75, options
    assert entrypoint("migrate", "--history-table", "app.history", "--advisory-lock-timeout", "200ms").code == 0


# What people do to every table of `public`.
HABITS = {
    "a trigger on each": """do $$ declare t text; begin
        create function public.forbid() returns trigger language plpgsql as 'begin raise exception ''hands off''; end';
        for t in select tablename from pg_tables where schemaname = 'public' loop
          execute format('create trigger forbid before insert or update or delete on public.%I for each row '
                         'execute function public.forbid()', t);
        end loop; end $$""",
    "row level security": """do $$ declare t text; begin
        for t in select tablename from pg_tables where schemaname = 'public' loop
          execute format('alter table public.%I enable row level security', t);
          execute format('alter table public.%I force row level security', t);
        end loop; end $$""",
    "revoke": "revoke all on all tables in schema public from owner",
    "truncate": """do $$ declare t text; begin
        for t in select tablename from pg_tables where schemaname = 'public' loop
          execute format('truncate public.%I', t);
        end loop; end $$""",
    "drop schema": "drop schema public cascade; create schema public authorization owner",
}


def survives(entrypoint, database, habit, options, table):
    """Whether the next start applies what is new, and nothing else, on the history that was there."""
    assert entrypoint("migrate", *options, migrations=ONE).code == 0
    before = database.history("version, applied_at", table)
    database.execute(HABITS[habit])
    run = entrypoint(*options, *START, migrations=TWO)
    after = database.history("version, applied_at", table)
    return (run.code, run.out) == (0, "started\n") and after[:-1] == before and after[-1][0] == "2"


@pytest.mark.parametrize("habit", HABITS)
def test_what_is_done_to_all_tables_of_public_does_not_hit_the_history(entrypoint, database, habit):
    assert survives(entrypoint, database, habit, [], HISTORY)


@pytest.mark.parametrize("habit", HABITS)
def test_in_public_it_does(entrypoint, database, habit):
    """The twin."""
    assert not survives(entrypoint, database, habit, IN_PUBLIC, OLD_HISTORY)


def test_what_refuses_the_trigger_is_told_and_the_table_is_there(entrypoint, database):
    """Both are created in one message, and one after the other when that is refused."""
    database.execute("create function refuse() returns event_trigger language plpgsql as "
                     "'begin raise exception ''no triggers in this database''; end'")
    database.execute("create event trigger refuse on ddl_command_start when tag in ('CREATE TRIGGER') execute function refuse()")
    run = entrypoint("migrate", migrations={"0001_one.sql": "create table one (id integer);"})
    assert run.code == 76 and "no triggers in this database" in run.err and "could not be created" not in run.err, run.err
    assert database.history() == []
    assert database.exists(HISTORY) and not database.exists("one")
    database.execute("drop event trigger refuse")
    assert entrypoint("migrate").code == 0 and database.applied() == ["1"]
