"""Full disks: 76 and a clean state when a table's disk is full, 69 when the server itself goes down."""

import contextlib
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest

from servers import Cluster

FILES = {"0001_first.sql": "create table first (id integer) tablespace small;",
         "0002_large.sql": "create table large (text text) tablespace small;\n"
                           "insert into large select repeat('x', 1000) from generate_series(1, 20000);"}
NO_TRANSACTION = FILES | {"0002_large.sql": "-- pg-entrypoint: no-transaction\n" + FILES["0002_large.sql"]}


@contextlib.contextmanager
def small_disk(megabytes):
    """A file system of the server's own, of this size."""
    directory = Path(tempfile.mkdtemp(prefix="pge-disk."))
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700,uid=postgres,gid=postgres", "tmpfs", directory], check=True)
    try:
        yield directory
    finally:
        subprocess.run(["umount", "--lazy", directory], check=True)
        directory.rmdir()


def make_room(directory, megabytes):
    subprocess.run(["mount", "-o", f"remount,size={megabytes}m", directory], check=True)


@pytest.fixture
def tablespace(database):
    with small_disk(4) as directory:
        database.execute(f"create tablespace small owner owner location '{directory}'")
        yield directory
        database.empty()
        database.execute("drop tablespace small")


def test_a_full_disk_is_76_with_what_to_do_and_nothing_is_left(entrypoint, database, tablespace):
    run = entrypoint("--", "echo", "started", migrations=FILES)
    assert run.code == 76 and "started" not in run.out
    error = run.err.splitlines()[-1]
    assert "could not extend file" in error and "No space left on device" in error
    assert "at=migrations/0002_large.sql:2:1 " in error and "sqlstate=53100" in error
    assert "free disk space on the server" in error and "nothing of this migration was applied" in error
    assert database.applied() == ["1"] and not database.exists("large")
    assert database.lock_is_free() and database.backends() == 0
    make_room(tablespace, 64)
    run = entrypoint("--", "echo", "started")
    assert (run.code, run.out) == (0, "started\n"), run.err
    assert database.applied() == ["1", "2"] and database.value("select count(*) from large") == 20000


def test_without_a_transaction_it_goes_on_with_the_statement_that_had_no_room(entrypoint, database, tablespace):
    run = entrypoint("migrate", migrations=NO_TRANSACTION)
    assert run.code == 76 and "sqlstate=53100" in run.err and "it resumes at this statement" in run.err
    assert database.history("version, state, step") == [("1", "applied", 0), ("2", "running", 1)]
    assert database.lock_is_free() and database.value("select count(*) from large") == 0
    make_room(tablespace, 64)
    assert entrypoint("migrate").code == 0
    assert database.applied() == ["1", "2"] and database.value("select count(*) from large") == 20000


def test_a_server_that_goes_down_for_want_of_disk_is_waited_for_then_69(start, migrations, tmp_path):
    """No room for the write-ahead log is a PANIC: the server ends, and does not start again until there is room."""
    with small_disk(8) as wal:
        cluster = Cluster(options=("--wal-segsize=1", f"--waldir={wal}"))
        try:
            cluster.start("min_wal_size=2MB", "max_wal_size=64MB")
            files = {"0001_first.sql": "create table first (id integer);", "0002_large.sql": FILES["0002_large.sql"].replace(" tablespace small", "")}
            run = start("--wait-timeout", "2s", "--", "echo", "started", env={"DATABASE_URL": cluster.url}, migrations=files).finish(60)
            assert run.code == 69 and "started" not in run.out, run.err
            assert "in migration 2_large: the connection to the database was lost" in run.err
            assert "not reachable within 2 s" in run.err.splitlines()[-1]
            make_room(wal, 256)
            cluster.start_again()
            run = start("--", "echo", "started", env={"DATABASE_URL": cluster.url}).finish(60)
            assert (run.code, run.out) == (0, "started\n"), run.err
            with psycopg.connect(cluster.url) as connection:
                assert connection.execute("select version from pgentrypoint.history order by 1").fetchall() == [("1",), ("2",)]
                assert connection.execute("select count(*) from large").fetchone()[0] == 20000
        finally:
            cluster.stop()
