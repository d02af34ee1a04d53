"""Files of more than a megabyte: they are mapped, and hashed while the server takes them (ADR 21)."""

import hashlib
import os
import signal

import pytest

from runner import children_of, until
from test_kill import gate, sleeping  # noqa: F401  a fixture

ROW = "a line of data, of which there are many\n"
ROWS = ROW * 40_000
COPY = "create table lines (line text);\ncopy lines from stdin;\n" + ROWS + "\\.\n"
DOWN = "-- migrate:down\ndrop table lines;\n"


def accepted(database):
    return {version: checksums for version, checksums in database.history("version, checksums")}


def checksum_of(text):
    up = text.replace("\r\n", "\n").removesuffix(DOWN)
    return hashlib.sha256(up.rstrip(" \t\n\r\f\v").encode()).hexdigest()


@pytest.mark.parametrize("text", [
    COPY,
    COPY + "\n  \n" + DOWN,
    COPY.replace(ROW, "-- migrate:down\n", 1) + DOWN,
    COPY.replace("\n", "\r\n"),
    COPY.replace(ROW, "größer\n", 3),
    "-- pg-entrypoint: no-transaction\n" + COPY,
    "-- pg-entrypoint: isolation=repeatable-read\n" + COPY,
    "create table lines (line text);\n" + f"insert into lines values ('{'x' * 30}');\n" * 40_000 + DOWN,
], ids=["COPY", "with a down part", "a marker in the data", "CR and LF", "not ASCII", "without transaction", "with a level",
        "statements"])
def test_the_row_has_the_checksum_of_the_file(entrypoint, database, text):
    files = {"0001_small.sql": "select 1;", "0002_lines.sql": text, "0003_last.sql": "select 3;"}
    run = entrypoint("migrate", migrations=files)
    assert run.code == 0, run.err
    assert accepted(database) == {version: [checksum_of(files[name])] for version, name in zip("123", sorted(files))}
    assert database.value("select count(*) from lines") == 40_000
    assert entrypoint("check").code == 0
    changed = entrypoint("check", migrations=files | {"0002_lines.sql": text.replace("lines (line", "lines  (line")})
    assert changed.code == 65 and "has changed since it was applied" in changed.err


def test_the_row_gets_the_checksum_by_the_statement_that_completes_it(entrypoint, database):
    """When the row begins it is not known, and nobody waits for it."""
    assert entrypoint("migrate", migrations={"0001_small.sql": "select 1;"}).code == 0
    database.execute("""
        create table seen (id serial, what text);
        create function see() returns trigger language plpgsql security definer set search_path = public as
          $$ begin insert into seen (what) values (concat_ws(' ', new.version, new.state, cardinality(new.checksums))); return new; end $$;
        create trigger see before insert or update on pgentrypoint.history for each row execute function see()""")
    run = entrypoint("migrate", migrations={"0001_small.sql": "select 1;", "0002_lines.sql": COPY, "0003_small.sql": "select 3;"})
    assert run.code == 0, run.err
    assert database.rows("select what from seen order by id") == [
        ("2 running 0",), ("2 applied 1",), ("3 running 1",), ("3 applied 1",)]


def test_a_turn_through_a_pooler_begins_with_a_row_that_has_all(entrypoint, database):
    run = entrypoint("migrate", "--allow-pooler", migrations={"0001_lines.sql": COPY})
    assert run.code == 0, run.err
    assert accepted(database) == {"1": [checksum_of(COPY)]}


def test_after_a_retry_too(start, database):
    database.execute("create table busy (n integer); alter table busy owner to owner")
    busy = database.connect(autocommit=False)
    busy.execute("lock table busy")
    text = COPY + "alter table busy add column m integer;\n"
    run = start("migrate", "--allow-existing", "--lock-timeout", "100ms", migrations={"0001_lines.sql": text})
    run.wait_for("migration gave way to a lock, retrying")
    busy.rollback()
    assert run.finish().code == 0
    assert accepted(database) == {"1": [checksum_of(text)]}
    assert database.value("select count(*) from lines") == 40_000


def test_a_kill_in_the_middle_leaves_nothing(start, entrypoint, database, gate):  # noqa: F811
    text = COPY + "select * from gate;\n"
    options = ["migrate", "--allow-existing", "--lock-timeout", "0"]
    run = start(*options, migrations={"0001_lines.sql": text})
    sleeping(database)
    os.kill(children_of(run.pid)[0], signal.SIGKILL)
    assert run.finish().code == 70
    until(database.lock_is_free, 2, "a free lock")
    assert database.applied() == [] and not database.exists("lines")
    gate.close()
    assert entrypoint(*options).code == 0
    assert accepted(database) == {"1": [checksum_of(text)]}


def test_a_file_that_another_replica_has_applied_meanwhile_is_compared(start, database, gate):  # noqa: F811
    """The one who waits has understood the file before there was a row, and has hashed nothing of it."""
    files = {"0001_lines.sql": COPY + "select * from gate;\n"}
    runs = [start("migrate", "--allow-existing", "--lock-timeout", "0", migrations=files)]
    sleeping(database)
    runs.append(start("migrate", "--allow-existing"))
    runs[1].wait_for("waiting for the advisory lock")
    gate.close()
    assert [run.finish().code for run in runs] == [0, 0]
