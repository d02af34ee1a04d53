"""Several applications start at the same moment and create or change the same objects of one database.

PGE_FIRST_STARTS: how many rounds of four applications and of eight tenants.
"""

import os
import time

import pytest

ROUNDS = int(os.environ.get("PGE_FIRST_STARTS", "1"))
START = ["--", "echo", "started"]


def commit_when_waiting(database, connection, text):
    """The other session commits once ours waits for it."""
    deadline = time.monotonic() + 10
    while not database.running(text):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(0.1)
    connection.execute("commit")


@pytest.mark.parametrize("before, sql", [
    ("", "create schema if not exists shared"),
    ("", "create extension if not exists pgcrypto"),
    ("create table t (id integer); create function f() returns integer language sql as 'select 1'",
     "create or replace function f() returns integer language sql as 'select 2'"),
    ("create table t (id integer)", "grant select on t to reader"),
    ("", "alter role current_user set work_mem = '8MB'"),
], ids=lambda value: value.split(";")[0][:40] or "nothing")
def test_a_file_that_clashes_in_a_catalog_is_tried_again(start, database, before, sql):
    if before:
        database.execute(f"set role owner; {before}")
    other = database.connect(autocommit=True)
    other.execute("begin")
    other.execute(sql)
    running = start("migrate", "--allow-existing", migrations={"1_first.sql": f"create table mine (id integer);\n{sql};"})
    commit_when_waiting(database, other, sql[:20])
    run = running.finish()
    database.execute("alter role owner reset all")
    assert run.code == 0 and "retrying" in run.err, run.err
    assert database.applied() == ["1"] and database.exists("mine")


def test_a_duplicate_in_a_table_of_the_users_is_not_tried_again(entrypoint, database):
    run = entrypoint("migrate", migrations={"1_twice.sql": "create table t (id integer primary key); insert into t values (1), (1);"})
    assert run.code == 76 and "23505" in run.err and "retrying" not in run.err


def test_the_schema_of_the_history_is_created_by_another_application_just_now(start, database):
    other = database.connect(autocommit=True)
    other.execute("begin")
    other.execute("create schema meta")
    running = start("--history-table", "meta.a", "--allow-existing", *START, migrations={"1_one.sql": "create table one (id integer);"})
    commit_when_waiting(database, other, "create schema")
    run = running.finish()
    assert run.out == "started\n" and "error" not in run.err, run.err
    assert database.applied("meta.a") == ["1"]


@pytest.mark.parametrize("applications, text", [
    (4, "create extension if not exists pgcrypto;\ncreate schema if not exists shared;\ncreate table t{0} (id integer);"),
    (8, "alter role current_user set work_mem = '8MB';\ncreate table t{0} (id integer);\ngrant select on all tables in schema public to reader;"),
], ids=["applications", "tenants"])
def test_first_starts_at_the_same_moment(start, database, tmp_path, applications, text):
    for number in range(applications):
        (tmp_path / f"m{number}").mkdir()
        (tmp_path / f"m{number}" / "1_init.sql").write_text(text.format(number))
    for done in range(ROUNDS):
        database.empty()
        runs = [start("--history-table", f"meta.a{number}", "--allow-existing", "--dir", f"m{number}", *START)
                for number in range(applications)]
        ended = [run.finish() for run in runs]
        assert [(run.code, run.out) for run in ended] == [(0, "started\n")] * applications, "\n".join(run.err for run in ended)
    database.execute("alter role owner reset all")
    print(f"{ROUNDS} rounds of {applications} first starts, none failed")
