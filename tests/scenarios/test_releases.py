"""Two releases that take turns on one database, as deployments that are rolled back do."""

import os
import signal

import pytest

from runner import children_of, until

NO_TRANSACTION = "-- pg-entrypoint: no-transaction\n"


def table(name):
    return f"create table {name} (id integer);\n"


V1 = {"20240101_a.sql": table("a"), "20240103_c.sql": table("c"), "20240104_d.sql": table("d")}
# A comment more in a file that was applied; a file that comes late; a new one.
V2 = V1 | {"20240103_c.sql": "-- why\n" + V1["20240103_c.sql"], "20240102_b.sql": table("b"),
           "20240105_e.sql": NO_TRANSACTION + table("e") + "insert into e select count(*) from a;\n"}
START = ["--", "echo", "started"]
LATE = ["--out-of-order=apply"]


@pytest.fixture
def releases(entrypoint):
    """Each starts its release; the first start of v2 is preceded by what its deployment does."""

    def v1(*arguments):
        return entrypoint(*arguments, *START, migrations=V1)

    def v2(*arguments):
        return entrypoint(*LATE, *arguments, *START, migrations=V2)

    assert v1().out == "started\n"
    drift = v2()
    assert (drift.code, drift.out) == (65, "") and "pg-entrypoint accept 20240103" in drift.err
    assert entrypoint("accept", "20240103", migrations=V2).code == 0
    late = entrypoint(*START, migrations=V2)
    assert (late.code, late.out) == (65, "") and "--out-of-order=apply" in late.err
    return v1, v2


def test_two_releases_take_turns(releases, database):
    v1, v2 = releases
    expected = ["20240101", "20240103", "20240104", "20240102", "20240105"]
    for _ in range(3):
        newer = v2()
        assert (newer.code, newer.out) == (0, "started\n") and "ahead of this image" not in newer.err
        assert database.applied() == expected
        older = v1()
        assert (older.code, older.out) == (0, "started\n"), older.err
        assert "ahead of this image" in older.err and "count=2 last=20240105_e" in older.err
    assert v1("--migrate=check").out == "started\n"
    assert database.value("select count(*) from e") == 1
    assert database.applied() == expected


# Each is a change of one row that makes the turn back impossible: the release of before must not start on it.
@pytest.mark.parametrize("change, sentence", [
    # Applied before a file that v1 knows, which it did not see: a hole, although the versions are the same.
    ("update pgentrypoint.history set applied_order = 9 where version = '20240104'", "but missing from"),
    # The accepted text alone, as if accept had replaced the checksum of the running release.
    ("update pgentrypoint.history set checksums = checksums[1:1] where version = '20240103'", "_c.sql has changed"),
])
def test_the_release_of_before_does_not_start_on_a_hole_or_another_text(releases, database, change, sentence):
    v1, v2 = releases
    assert v2().code == 0
    assert v1().out == "started\n"
    database.execute(change)
    refused = v1()
    assert (refused.code, refused.out) == (65, "") and sentence in refused.err
    assert v2().out == "started\n"


def test_a_release_that_lost_a_file_does_not_start(releases, database, entrypoint):
    _, v2 = releases
    assert v2().code == 0
    gone = {name: text for name, text in V2.items() if "20240102" not in name}
    refused = entrypoint(*LATE, *START, migrations=gone)
    assert (refused.code, refused.out) == (65, "")
    assert "applied before 20240105_e, but missing from" in refused.err and "20240102_b" in refused.err


def test_the_release_of_before_starts_while_the_new_one_is_interrupted(releases, database, start):
    v1, v2 = releases
    session = database.connect("boss", autocommit=False)
    session.execute("lock table a in access exclusive mode")
    run = start(*LATE, *START, migrations=V2)
    until(lambda: database.running("insert into e"), what="the new release's migration")
    os.kill(children_of(run.pid)[0], signal.SIGKILL)
    assert run.finish().code == 70
    assert database.history("state")[-1] == "running"
    older = v1()
    assert (older.code, older.out) == (0, "started\n") and "ahead of this image" in older.err
    session.rollback()
    assert v2().out == "started\n"
    assert database.value("select count(*) from e") == 1
