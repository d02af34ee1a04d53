"""A COMMIT that waits for a synchronous standby, and other sessions that give no answer."""

import contextlib
import re

import psycopg
import pytest

from conftest import lock_key
from fault_proxy import Link
from runner import until
from servers import Cluster
from stops import assert_stopped

ONE = {"0001_one.sql": "create table one (n integer);\ninsert into one values (1);"}
TWO = ONE | {"0002_two.sql": "create table two (n integer);\ninsert into two values (2);"}
# The third file goes along with the COMMIT of the second.
THREE = TWO | {"0003_three.sql": "create table three (n integer);"}
# With synchronous_commit = local, only the statement's own COMMIT waits for the standby.
ALONE = ONE | {"0002_alone.sql": "-- pg-entrypoint: no-transaction\ndo $$ begin "
                                 "perform set_config('synchronous_commit', 'on', false); update one set n = n; end $$;"}
WAITS = "a COMMIT is waiting for a synchronous standby wait_event=SyncRep setting=synchronous_standby_names"


class Primary:
    """A server whose COMMITs wait for a standby that is not there, while `standby_is_gone`."""

    def __init__(self, cluster):
        self.cluster = cluster

    def ask(self, query, *parameters, name="app"):
        options = "?options=-csynchronous_commit%3Dlocal"
        with psycopg.connect(self.cluster.url_of("postgres", name) + options, autocommit=True) as connection:
            cursor = connection.execute(query, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def set_standbys(self, names):
        self.ask(f"alter system set synchronous_standby_names = '{names}'", name="postgres")
        self.ask("select pg_reload_conf()")
        until(lambda: self.ask("show synchronous_standby_names") == [(names,)], what="the setting")

    @contextlib.contextmanager
    def standby_is_gone(self):
        self.set_standbys("gone")
        try:
            yield
        finally:
            self.set_standbys("")

    def waiting(self):
        """Our sessions that wait for the standby: pid and the first word of what they run."""
        return self.ask("select pid, split_part(query, ' ', 1) from pg_stat_activity where wait_event = 'SyncRep' "
                        "and application_name like 'pg-entrypoint/%'")

    def cancelled_waits(self):
        """How many COMMITs became valid without the standby."""
        log = self.cluster.log.read_text(encoding="utf-8", errors="replace")
        return len(re.findall("canceling (the )?wait for synchronous replication", log))


@pytest.fixture(scope="module")
def server():
    cluster = Cluster()
    try:
        cluster.start()
        with psycopg.connect(cluster.url, autocommit=True) as connection:
            connection.execute("create role owner login")
        yield Primary(cluster)
    finally:
        cluster.stop()


@pytest.fixture
def primary(server):
    server.ask("create database app owner owner", name="postgres")
    yield server
    assert server.cancelled_waits() == 0
    server.ask("drop database app with (force)", name="postgres")


@pytest.fixture
def launch(start, primary):
    def run(*args, **options):
        return start(*args, env={"DATABASE_URL": primary.cluster.url_of("owner", "app")}, **options)

    return run


def assert_applied(primary, versions):
    rows = primary.ask("select version, state from pgentrypoint.history order by applied_order")
    assert rows == [(version, "applied") for version in versions]
    assert primary.ask("select n from one") == [(1,)]


def test_the_first_start_waits_for_the_standby_and_others_see_that_it_does(launch, primary):
    with primary.standby_is_gone():
        first = launch("--", "echo", "started", migrations=ONE).wait_for(WAITS)
        waiting = primary.waiting()
        assert [word for _, word in waiting] == ["create"]
        second = launch("--advisory-lock-timeout", "1s", "--", "echo", "started").finish()
        assert second.code == 75 and "wait_event=SyncRep setting=synchronous_standby_names" in second.err
        assert f"holder_pid {waiting[0][0]}" in second.err and "do not end the session" in second.err
        assert primary.waiting() == waiting
    done = first.finish()
    assert (done.code, done.out) == (0, "started\n")
    assert_applied(primary, ["1"])


@pytest.fixture(params=[("COMMIT", TWO), ("COMMIT", THREE), ("do", ALONE)], ids=["COMMIT", "COMMIT and a file", "alone"])
def second_file(request, launch, primary):
    """It waits for the standby in its COMMIT, or where a statement that runs alone commits by itself."""
    assert launch("migrate", migrations=ONE).finish().code == 0
    if request.param[0] == "do":
        primary.ask("alter role owner in database app set synchronous_commit to local")
    return request.param


def test_when_the_standby_does_not_come_back_in_time_it_is_74_and_the_wait_goes_on(launch, primary, second_file):
    word, files = second_file
    with primary.standby_is_gone():
        done = launch("--advisory-lock-timeout", "1s", "--", "echo", "started", migrations=files).finish()
        assert done.code == 74 and "started" not in done.out
        assert WAITS in done.err and "has waited 1 s for a synchronous standby" in done.err
        assert [waiting for _, waiting in primary.waiting()] == [word]
    assert launch("migrate").finish().code == 0
    assert_applied(primary, [str(number) for number in range(1, len(files) + 1)])


def test_a_stop_cancels_no_wait_for_a_standby(launch, primary, second_file):
    word, files = second_file
    with primary.standby_is_gone():
        run = launch("--", "echo", "started", migrations=files)
        until(primary.waiting, what="the wait for the standby")
        done = run.signal().finish()
        assert done.code == 74 and done.seconds_after_signal < 2
        assert [waiting for _, waiting in primary.waiting()] == [word]
    assert launch("migrate").finish().code == 0
    assert_applied(primary, [str(number) for number in range(1, len(files) + 1)])


def test_a_stop_cancels_any_other_statement_there_too(launch, primary):
    text = "-- pg-entrypoint: no-transaction\ndo $$ begin perform pg_sleep(60); end $$;"
    run = launch("migrate", migrations={"0001_slow.sql": text})
    sleeping = "select pid from pg_stat_activity where query like 'do %' and state = 'active'"
    until(lambda: primary.ask(sleeping), what="the statement")
    # The session was started without a standby, so its statements are cancelled as everywhere.
    assert_stopped(run.signal().finish())
    until(lambda: not primary.ask(sleeping), 2, "its end")


# Sessions that were lost


def holds_lock(database):
    return database.rows("select l.pid from pg_locks l where l.locktype = 'advisory' and l.granted and l.classid::bigint = %s",
                         (lock_key() >> 32) & 0xFFFFFFFF)


def test_a_session_that_was_lost_is_ended_before_another_one_goes_on(start, database, proxy):
    """The server does not notice that its client is gone: without its end, the lock would be kept."""
    proxy.at("insert into one", Link.lose_client, when="before")
    done = start("--", "echo", "started", via=proxy, migrations=ONE).finish()
    assert (done.code, done.out) == (0, "started\n")
    assert "the session that was lost has been ended" in done.err
    assert "waiting for the advisory lock" not in done.err
    assert database.value("select array_agg(n) from one") == [1]
    assert holds_lock(database) == []


def test_one_that_was_lost_in_commit_is_not_ended(start, database, proxy):
    slow = {"0001_slow.sql": """create table one (n integer);
        create function nap() returns trigger language plpgsql as $$ begin perform pg_sleep(0.6); return null; end $$;
        create constraint trigger nap after insert on one deferrable initially deferred for each row execute function nap();
        insert into one values (1);"""}
    proxy.at("COMMIT", Link.lose_client, when="sent")
    run = start("migrate", via=proxy, migrations=slow).wait_for("waiting for the advisory lock")
    until(lambda: database.history() == ["1"], what="the COMMIT")
    proxy.links[0].end_server()
    done = run.finish()
    assert done.code == 0 and "has been ended" not in done.err
    assert database.value("select array_agg(n) from one") == [1]
