"""Releases of different formats on one history table: the one that is being tested, and a binary of format 1."""

import itertools
import os
import re

import pytest

from alembic_project import AlembicProject
from conftest import HISTORY, OLD_BINARY, OLD_HISTORY, ROOT
from runner import until

needs_old_binary = pytest.mark.skipif(
    not OLD_BINARY, reason="PGE_OLD_BINARY names no binary of format 1 (scripts/test scenarios builds one)")

V1 = {"0001_one.sql": "create table one (id integer);", "0002_two.sql": "create table two (id integer);"}
V2 = V1 | {"0003_three.sql": "-- pg-entrypoint: no-transaction\ncreate table three (id integer);\nselect 1;"}
BASE = {"0001_one.sql": V1["0001_one.sql"]}
START = ["--", "echo", "started"]
ADDED = ["written_format", "session_pid", "session_started", "applied_in", "replicated", "lock_key"]


@pytest.fixture
def old(entrypoint):
    """The binary of format 1."""

    def run(*args, **options):
        return entrypoint(*args, binary=OLD_BINARY, **options)

    return run


@pytest.fixture
def old_table(entrypoint, database):
    """A history that has only the columns of format 1."""
    assert entrypoint("migrate", "--history-table", OLD_HISTORY, migrations=BASE).code == 0
    drops = ", ".join(f"drop column {column}" for column in ADDED)
    database.execute(f"alter table {OLD_HISTORY} {drops}")


def columns(database, table):
    return {name for (name,) in database.rows("select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 "
                                              "and not attisdropped", table)}


def test_a_new_table_says_which_format_wrote_a_row_and_which_may_read_it(entrypoint, database):
    assert entrypoint("migrate", migrations=V2).code == 0
    assert set(database.history("format, written_format")) == {(1, 2)}
    here = database.value("select system_identifier || '/' || oid from pg_control_system(), pg_database "
                          "where datname = current_database()")
    assert set(database.history("session_pid, session_started, applied_in, replicated, lock_key")) == {
        (None, None, here, False, None)}


def test_an_old_table_gets_the_new_columns_when_something_is_written(entrypoint, database, old_table):
    assert entrypoint(*START, migrations=BASE).code == 0
    assert not columns(database, OLD_HISTORY) & set(ADDED), "nothing was pending"
    run = entrypoint(*START, migrations=V1)
    assert run.code == 0 and "the history table was given the columns of format 2" in run.err
    assert database.history("version, written_format", OLD_HISTORY) == [("1", 1), ("2", 2)]
    assert "the columns of format 2" not in entrypoint("migrate", migrations=V2).err


def test_a_role_that_does_not_own_an_old_table_works_without_the_columns(entrypoint, database, old_table):
    database.execute(f"grant select, insert, update on {OLD_HISTORY} to reader; grant create on schema public to reader")
    run = entrypoint(*START, migrations=V2, env={"DATABASE_URL": database.url_of("reader")})
    assert (run.code, run.out) == (0, "started\n"), run.err
    assert "the history table keeps its columns of format 1 for now" in run.err and "owner" in run.err
    assert not columns(database, OLD_HISTORY) & set(ADDED)
    assert database.applied(OLD_HISTORY) == ["1", "2", "3"]


def test_whoever_reads_an_old_table_does_not_hold_up_the_migrations(entrypoint, database, old_table):
    backup = database.connect(autocommit=False)
    backup.execute(f"select from {OLD_HISTORY}")
    run = entrypoint(*START, migrations=V1)
    assert (run.code, run.out) == (0, "started\n"), run.err
    assert run.seconds < 5 and "the history table keeps its columns of format 1 for now" in run.err
    backup.rollback()
    assert entrypoint("migrate", migrations=V2).code == 0
    assert set(ADDED) < columns(database, OLD_HISTORY)


def test_a_row_that_a_newer_release_wrote_and_this_one_can_do_with_is_fine(entrypoint, database):
    assert entrypoint("migrate", migrations=V1).code == 0
    database.execute(f"update {HISTORY} set written_format = 9, format = 2 where version = '1';"
                     f"alter table {HISTORY} drop constraint history_kind_check;"
                     f"insert into {HISTORY} select 1, 'seed', '9', 'new', state, 0, 0, '', '{{}}', null, 99, now(), now(), "
                     f"'x', 'y', 0, 'z' from {HISTORY} where version = '1'")
    # A binary of format 1 wrote rows of this kind.
    database.execute(f"insert into {HISTORY} select 1, 'receipt', 'a1b2', 'alembic', state, 0, 0, 'r1', '{{}}', null, 100, "
                     f"now(), now(), 'x', 'y', 0, 'z' from {HISTORY} where version = '1'")
    run = entrypoint(*START, migrations=V2)
    assert (run.code, run.out) == (0, "started\n"), run.err
    assert database.history() == ["1", "2", "9", "a1b2", "3"]
    # The twin.
    database.execute(f"update {HISTORY} set format = 3 where version = '1'")
    assert entrypoint(*START).code == 78


# A start is its binary and the image that has the files.
STARTS = {"old v1": (OLD_BINARY, V1), "old v2": (OLD_BINARY, V2), "new v1": (None, V1), "new v2": (None, V2)}


@needs_old_binary
@pytest.mark.parametrize("order", itertools.permutations(STARTS), ids=", ".join)
def test_old_and_new_take_turns_on_a_history_that_the_old_one_made(entrypoint, old, database, order):
    assert old("migrate", migrations=BASE).code == 0
    applied = ["1"]
    for start in order:
        binary, files = STARTS[start]
        now, other = (old, entrypoint) if binary else (entrypoint, old)
        pending = [name for name in files if str(int(name[:4])) not in applied]
        for look in (now, other):
            assert look("check", migrations=files).code == (3 if pending else 0), start
        applied += [str(int(name[:4])) for name in pending]
        run = now(*START) if order.index(start) % 2 else now("migrate")
        assert run.code == 0, run.err
        assert database.applied(OLD_HISTORY) == applied and not database.exists(HISTORY)
        assert other("--migrate=check", *START).out == "started\n"


MIGRATOR = """\
#!/bin/sh
# Applies each of ./files once, and passes over what it does not know.
{ echo "create table if not exists applied (id text primary key);"
  for id in $(ls files); do
    echo "select 'create table $id (); insert into applied values (''$id'')'"
    echo "where not exists (select from applied where id = '$id') \\\\gexec"
  done
} | psql -qXAt -v ON_ERROR_STOP=1 "$DATABASE_URL"
"""


def stand_in(folder, tables):
    (folder / "files").mkdir(parents=True)
    for table in tables:
        (folder / "files" / table).touch()
    (folder / "migrator").write_text(MIGRATOR)
    (folder / "migrator").chmod(0o755)
    return ["--migrator", "./migrator", "--migrator-inputs", "files", "--migrator-state", "select id from applied order by id"]


def alembic(folder, tables):
    project = AlembicProject(folder)
    for table, before in zip(tables, [None, *tables], strict=False):
        project.table(table, before)
    return ["--migrator", "alembic upgrade head"]


TABLES = {"base": ["one"], "v1": ["one", "two"], "v2": ["one", "two", "three"]}
# All of them: scripts/soak receipts.
ORDERS = list(itertools.permutations(STARTS))[::1 if "PGE_RECEIPTS" in os.environ else 5]


@needs_old_binary
@pytest.mark.parametrize("order", ORDERS, ids=", ".join)
@pytest.mark.parametrize("make", [stand_in, alembic])
def test_old_and_new_take_turns_with_a_migrator(entrypoint, old, database, tmp_path, make, order):
    """Neither reads what the other has recorded, so a migrator may run once more. But nothing is applied twice, which
    would fail, and no application starts on a schema that is behind."""
    options = {image: make(tmp_path / image, tables) for image, tables in TABLES.items()}

    def call(binary, image, *words):
        return (old if binary == "old" else entrypoint)(*words[:1], *options[image], *words[1:], cwd=tmp_path / image)

    def there():
        return [table for table in TABLES["v2"] if database.exists(table)]

    assert call("old", "base", "migrate").code == 0
    proven = False
    for start in order:
        binary, image = start.split()
        if set(TABLES[image]) - set(before := there()):
            assert call("old", image, "check").code == call("new", image, "check").code == 3
            assert call(binary, image, "--migrate=check", *START).out == ""
        run = call(binary, image, "run", *START)
        # Alembic fails on a revision that it does not know. The old binary takes every such database for ahead of the image.
        # The new one wants a proof, which the start of a newer image leaves.
        if make is alembic and start == "new v1" and "three" in before and not proven:
            assert (run.code, run.out, there()) == (76, "", before), run.err
            continue
        assert (run.code, run.out) == (0, "started\n"), run.err
        assert there() == max(before, TABLES[image], key=len)
        proven = proven or start == "new v2"
    for settled in (False, True):
        for start in order:
            run = call(*start.split(), "run", *START)
            assert (run.code, run.out) == (0, "started\n"), run.err
            assert "migrator started" not in run.err or not (settled or make is alembic), run.err
    assert not database.exists(HISTORY)


@needs_old_binary
@pytest.mark.parametrize("command", [START, ["migrate"], ["check"], ["status"], ["baseline", "1"], ["down"], ["accept", "1"],
                                     ["--migrate=check", *START]], ids=" ".join)
def test_the_old_binary_refuses_a_history_in_the_new_place(entrypoint, old, database, command):
    assert entrypoint("migrate", migrations=V1).code == 0
    run = old(*command, migrations=V2)
    assert run.code == 78 and "one in schema pgentrypoint" in run.err
    assert "started" not in run.out and not database.exists("three") and not database.exists(OLD_HISTORY)
    # Its own advice leads nowhere either.
    advised = old(*command, env={"PG_ENTRYPOINT_HISTORY_TABLE": "pgentrypoint.pg_entrypoint_history"})
    assert advised.code == 78 and "is not a table" in advised.err
    # The twin: without the view it takes the history for empty.
    database.execute("drop view pgentrypoint.pg_entrypoint_history")
    assert "in schema pgentrypoint" not in old(*command).err


@needs_old_binary
@pytest.mark.parametrize("first", ["old", "new"])
def test_old_and_new_replicas_that_start_together_make_one_history(start, database, migrations, first):
    """One key for both: whoever comes second finds the history, or refuses."""
    migrations({"0001_one.sql": "select pg_sleep(0.3); create table one (id integer);"})
    binaries = ["old", "new"] * 3 if first == "old" else ["new", "old"] * 3
    replicas = [start(*START, **({"binary": OLD_BINARY} if binary == "old" else {})) for binary in binaries]
    runs = [replica.finish() for replica in replicas]
    made = [place for place in (HISTORY, OLD_HISTORY) if database.exists(place)]
    assert len(made) == 1 and database.applied(made[0]) == ["1"]
    for binary, run in zip(binaries, runs, strict=True):
        assert run.code == 0 or (run.code == 78 and binary == "old" and made == [HISTORY]), run.err
    until(database.lock_is_free, what="a free lock")


@needs_old_binary
def test_the_old_binary_works_with_a_history_that_has_recorded_a_key(entrypoint, old, database, tmp_path):
    """It does not know --lock-key: what it writes says so, and the next start with a key is refused."""
    place = ["--history-table", OLD_HISTORY]
    migrator = stand_in(tmp_path, [])
    assert entrypoint("migrate", *place, "--lock-key", "42", *migrator).code == 0
    for arguments in (["migrate"], ["check"], ["status"]):
        assert old(*arguments, *place, *migrator).code == 0, arguments
        assert old(*arguments, *place, migrations=V1).code == 0, arguments
    assert database.history("kind, lock_key", OLD_HISTORY) == [("receipt", 42), ("receipt", None), ("versioned", None), ("versioned", None)]
    run = entrypoint("migrate", *place, "--lock-key", "42")
    assert run.code == 78 and "but this start has 42" in run.err
    assert entrypoint("migrate", *place).code == 0


def test_the_documented_table_is_the_real_one(entrypoint, database):
    text = (ROOT / "docs/history-table.md").read_text()
    ddl = re.search(r"create table pgentrypoint\.history \(.*?\n\);", text, re.S).group()
    assert entrypoint("migrate", migrations=V1).code == 0
    database.execute("create schema documented; " + ddl.replace("pgentrypoint.", "documented."))
    shape = ("select attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid) from pg_attribute "
             "left join pg_attrdef on adrelid = attrelid and adnum = attnum where attrelid = %s::regclass and attnum > 0 "
             "order by attnum")
    assert database.rows(shape, "documented.history") == database.rows(shape, HISTORY)
