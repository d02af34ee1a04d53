"""Rows of the history that came from elsewhere: by logical replication, a dump, a template, a copy of the cluster."""

import contextlib
import json
import subprocess
import time
from types import SimpleNamespace

import psycopg
import pytest

from conftest import HISTORY
from dumps import dump_of
from servers import Cluster

ONE = {"1_one.sql": "create table one (id integer primary key);"}
TWO = ONE | {"2_two.sql": "create table two (id integer primary key);"}
START = ["--", "echo", "started"]


@pytest.fixture(scope="module")
def cluster():
    made = Cluster()
    made.start("wal_level=logical")
    yield made
    made.stop()


@pytest.fixture
def databases(cluster):
    """databases(name): an empty database of the cluster, with execute, value and the environment that leads there."""

    def run(name, sql):
        with psycopg.connect(cluster.url_of("postgres", name), autocommit=True) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []

    names = []

    def create(name, how=""):
        run("postgres", f"create database {name} {how}")
        names.append(name)
        return SimpleNamespace(name=name, execute=lambda sql: run(name, sql), value=lambda sql: run(name, sql)[0][0],
                               env={"DATABASE_URL": cluster.url_of("postgres", name)})

    yield create
    for name in names:
        for (subscription,) in run(name, "select subname from pg_subscription "
                                         "where subdbid = (select oid from pg_database where datname = current_database())"):
            run(name, f"alter subscription {subscription} disable")
            run(name, f"alter subscription {subscription} set (slot_name = none)")
            run(name, f"drop subscription {subscription}")
    for name in names:
        run("postgres", f"select count(pg_terminate_backend(active_pid, 5000)) from pg_replication_slots where database = '{name}'")
        run("postgres", f"select count(pg_drop_replication_slot(slot_name)) from pg_replication_slots where database = '{name}'")
        run("postgres", f"drop database {name} with (force)")


def subscribe(cluster, publisher, subscriber, copy):
    """Within one cluster the slot has to be there before."""
    publisher.execute("create publication p for all tables")
    publisher.execute("select pg_create_logical_replication_slot('s', 'pgoutput')")
    subscriber.execute(f"create subscription s connection '{cluster.url_of('postgres', publisher.name)}' publication p "
                       f"with (create_slot = false, slot_name = 's', copy_data = {copy})")


def wait_for_rows(database, count):
    deadline = time.monotonic() + 20
    while database.value(f"select count(*) from {HISTORY}") < count:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def dump_into(cluster, source, target, *options):
    text = dump_of(cluster.url_of("postgres", source.name), *options)
    with contextlib.suppress(BrokenPipeError):
        subprocess.run(["psql", "-Xq", "-v", "ON_ERROR_STOP=1", cluster.url_of("postgres", target.name)], input=text, check=True,
                       capture_output=True)


@pytest.fixture
def published(entrypoint, databases):
    database = databases("published")
    assert entrypoint("migrate", migrations=ONE, env=database.env).code == 0
    return database


def test_a_row_that_replication_brings_does_not_say_that_its_ddl_ran_here(entrypoint, cluster, databases, published):
    subscriber = databases("subscriber")
    assert entrypoint("migrate", env=subscriber.env).code == 0
    subscribe(cluster, published, subscriber, copy="false")
    assert entrypoint(*START, env=subscriber.env).out == "started\n"
    assert entrypoint("migrate", migrations=TWO, env=published.env).code == 0
    wait_for_rows(subscriber, 2)
    for arguments in (START, ["migrate"], ["check"], ["--migrate", "check", *START], ["down"]):
        run = entrypoint(*arguments, env=subscriber.env)
        assert run.code == 78 and "replication has brought 1 row" in run.err and "2_two" in run.err, arguments
        assert "started" not in run.out and "accept --replicated" in run.err
    assert [line.split()[0] for line in entrypoint("status", env=subscriber.env).out.splitlines()[1:-1]] == ["applied", "replicated"]
    # After the switch-over the subscription is gone, and the row is what it was.
    subscriber.execute("alter subscription s disable; ")
    subscriber.execute("alter subscription s set (slot_name = none)")
    subscriber.execute("drop subscription s")
    assert entrypoint(*START, env=subscriber.env).code == 78
    subscriber.execute("create table two (id integer primary key)")
    accepted = entrypoint("accept", "--replicated", env=subscriber.env)
    assert accepted.code == 0 and "replicated rows accepted count=1" in accepted.err
    assert entrypoint(*START, env=subscriber.env).out == "started\n"
    assert "nothing to accept" in entrypoint("accept", "--replicated", env=subscriber.env).err
    # The publisher wrote its rows itself.
    assert entrypoint(*START, env=published.env).out == "started\n"


def test_the_first_copy_is_marked_too(entrypoint, cluster, databases, published):
    subscriber = databases("subscriber")
    dump_into(cluster, published, subscriber, "--schema-only", "--no-publications")
    subscribe(cluster, published, subscriber, copy="true")
    wait_for_rows(subscriber, 1)
    run = entrypoint(*START, env=subscriber.env)
    assert run.code == 78 and "1_one" in run.err
    assert entrypoint("accept", "--replicated", env=subscriber.env).code == 0
    assert entrypoint(*START, env=subscriber.env).out == "started\n"


def test_without_the_trigger_a_subscription_is_what_tells(entrypoint, cluster, databases, published):
    subscriber = databases("subscriber")
    assert entrypoint("migrate", env=subscriber.env).code == 0
    subscriber.execute(f"drop trigger pg_entrypoint_replicated on {HISTORY}")
    assert entrypoint(*START, env=subscriber.env).out == "started\n"
    subscribe(cluster, published, subscriber, copy="false")
    assert entrypoint(*START, env=subscriber.env).code == 78


@pytest.mark.parametrize("way", ["dump", "template"])
def test_a_copy_of_the_database_simply_works(entrypoint, cluster, databases, published, way):
    copy = databases("staging", "template published" if way == "template" else "")
    if way == "dump":
        dump_into(cluster, published, copy)
    assert entrypoint(*START, env=copy.env).out == "started\n"
    assert entrypoint("migrate", migrations=TWO, env=copy.env).code == 0
    lines = entrypoint("status", env=copy.env).out.splitlines()[1:-1]
    assert [line.split()[0] for line in lines] == ["applied", "applied"]
    assert ["in another database" in line for line in lines] == [True, False]
    first, second = json.loads(entrypoint("status", "--json", env=copy.env).out)["migrations"]
    assert first["applied_elsewhere"] and "applied_elsewhere" not in second
    assert "another database" not in entrypoint("status", migrations=ONE, env=published.env).out


def test_triggers_that_a_restore_has_enabled_for_everyone_mark_nothing(entrypoint, databases, published):
    published.execute(f"alter table {HISTORY} disable trigger all")
    published.execute(f"alter table {HISTORY} enable trigger all")
    assert entrypoint("migrate", migrations=TWO, env=published.env).code == 0
    assert entrypoint(*START, env=published.env).out == "started\n"


def test_a_history_without_the_tables_is_refused(entrypoint, cluster, databases, published):
    copy = databases("staging")
    dump_into(cluster, published, copy, "--schema=pgentrypoint")
    for arguments in (START, ["check"], ["--migrate", "check", *START]):
        run = entrypoint(*arguments, env=copy.env)
        assert run.code == 78 and "applied, but in another database" in run.err and run.out == "", arguments
    assert entrypoint("--allow-empty-database", *START, env=copy.env).out == "started\n"
    copy.execute(f"drop table {HISTORY}")
    assert entrypoint(*START, env=copy.env).out == "started\n"
    assert copy.value("select to_regclass('one') is not null")


def test_a_copied_and_a_promoted_cluster_go_on(entrypoint, cluster, published):
    standby = cluster.standby()
    try:
        standby.start()
        env = {"DATABASE_URL": standby.url_of("postgres", published.name)}
        assert entrypoint(*START, env=env).out == "started\n"
        standby.promote()
        assert entrypoint(*START, migrations=TWO, env=env).out == "started\n"
        assert "another database" not in entrypoint("status", env=env).out
    finally:
        standby.stop()


def test_the_trigger_comes_to_a_table_of_format_1(entrypoint, database):
    assert entrypoint("migrate", "--history-table", "public.h", migrations=ONE).code == 0
    database.execute("drop trigger pg_entrypoint_replicated on h; drop function public.pg_entrypoint_mark_replicated(); "
                     "alter table h drop replicated, drop written_format, drop applied_in, drop session_pid, "
                     "drop session_started, drop lock_key; grant create on schema public to owner")
    assert entrypoint("migrate", "--history-table", "public.h", migrations=TWO).code == 0
    assert database.value("select tgenabled from pg_trigger where tgname = 'pg_entrypoint_replicated'") in ("R", b"R")
