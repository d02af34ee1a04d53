"""Waiting for the database, and giving up."""

import re

import psycopg
import pytest

from conftest import ENCODED
from fault_proxy import FaultProxy
from runner import until
from servers import free_port, silent_server

ONE = {"0001_one.sql": "create table one (id integer);"}


def test_a_server_that_is_not_there_is_69_at_the_wait_timeout(entrypoint):
    url = f"postgresql://owner:{ENCODED}@127.0.0.1:{free_port()}/app"
    run = entrypoint("--wait-timeout", "1500ms", "--", "echo", "started", migrations=ONE, env={"DATABASE_URL": url})
    assert run.code == 69
    assert 1.4 <= run.seconds < 2.5
    assert "not reachable within" in run.err and "Connection refused" in run.err
    assert "started" not in run.out


def test_one_reason_is_told_once(entrypoint):
    run = entrypoint("wait", "--wait-timeout", "2s", env={"DATABASE_URL": f"postgresql://127.0.0.1:{free_port()}/app"})
    assert run.err.count("waiting for the database") == 1


def test_a_server_that_starts_later_is_served_at_once(start, second_cluster):
    run = start("--wait-timeout", "30s", "--", "echo", "started", migrations=ONE, env={"DATABASE_URL": second_cluster.url})
    run.wait_for("waiting for the database")
    second_cluster.start()
    done = run.finish(30)
    assert (done.code, done.out) == (0, "started\n")
    since = int(re.search(r"application started .*since_answer_ms=(\d+)", done.err).group(1))
    assert since < 2000
    with psycopg.connect(second_cluster.url) as connection:
        assert connection.execute("select to_regclass('public.one') is not null").fetchone()[0]


@pytest.mark.parametrize("sqlstate, message", [("57P03", "the database system is starting up"),
                                               ("53300", "sorry, too many clients already")])
def test_a_server_that_is_not_ready_is_waited_for(start, database, sqlstate, message):
    with FaultProxy((database.host, database.port)).reject(sqlstate, message) as server:
        url = database.url.replace(f":{database.port}/", f":{server.port}/")
        # The grace is for logins only: this one must not end the wait.
        run = start("--login-grace", "0", "--", "echo", "started", migrations=ONE, env={"DATABASE_URL": url})
        run.wait_for(message).wait_for(f"sqlstate={sqlstate}")
        until(lambda: server.rejected >= 4, what="another attempt")
        server.rejection = None
        done = run.finish()
    assert (done.code, done.out) == (0, "started\n")
    assert database.applied() == ["1"]


def test_a_server_that_never_answers_is_69(entrypoint):
    with silent_server() as port:
        run = entrypoint("wait", "--connect-timeout", "2s", "--wait-timeout", "1s",
                         env={"DATABASE_URL": f"postgresql://127.0.0.1:{port}/app"})
    assert run.code == 69
    assert run.seconds < 6


@pytest.mark.parametrize("user, password, name, sqlstate", [("owner", "wrong-one", None, "28P01"),
                                                            ("nobody_here", "wrong-one", None, "28P01"),
                                                            ("owner", ENCODED, "no_such_database", "3D000")])
def test_a_refused_login_is_77_after_the_grace(entrypoint, database, user, password, name, sqlstate):
    run = entrypoint("--login-grace", "1s", "--", "echo", "started", migrations=ONE,
                     env={"DATABASE_URL": database.url_of(user, password, name=name)})
    assert run.code == 77
    assert 1.0 <= run.seconds < 2.0
    assert f"sqlstate={sqlstate}" in run.err and "wrong-one" not in run.err
    assert "started" not in run.out
    assert not database.history()


def test_a_database_that_is_created_within_the_grace_is_used(start, database, admin):
    late = f"{database.name}_late"
    run = start("--", "echo", "started", migrations=ONE, env={"DATABASE_URL": database.url_of("owner", name=late)})
    run.wait_for(f'database \\"{late}\\" does not exist')
    admin.execute(f"create database {late} owner owner")
    try:
        done = run.finish()
        assert (done.code, done.out) == (0, "started\n")
        with psycopg.connect(database.url_of("owner", name=late)) as connection:
            assert connection.execute("select to_regclass('public.one') is not null").fetchone()[0]
    finally:
        admin.execute(f"drop database {late} with (force)")


def test_a_secret_file_is_read_again_before_each_attempt(start, database, tmp_path):
    secret = tmp_path / "url"
    secret.write_text(database.url_of("owner", "expired-token") + "\n")
    run = start("--", "echo", "started", migrations=ONE, env={"DATABASE_URL": None, "DATABASE_URL_FILE": secret})
    run.wait_for("sqlstate=28P01")
    fresh = tmp_path / "fresh"
    fresh.write_text(database.url + "\n")
    fresh.rename(secret)
    assert run.finish().code == 0
    assert database.applied() == ["1"]


def test_a_read_only_server_is_69_when_something_is_pending(entrypoint, database):
    database.execute(f"alter database {database.name} set default_transaction_read_only = on")
    run = entrypoint("--wait-timeout", "1s", "--", "echo", "started", migrations=ONE)
    assert run.code == 69
    assert "read-only" in run.err
    assert "started" not in run.out and not database.exists("one")


def test_a_read_only_server_is_enough_when_nothing_is_pending(entrypoint, database):
    assert entrypoint("migrate", migrations=ONE).code == 0
    database.execute(f"alter database {database.name} set default_transaction_read_only = on")
    run = entrypoint("--wait-timeout", "1s", "--", "echo", "started")
    assert (run.code, run.out) == (0, "started\n")


def test_wait_needs_no_migrations_and_changes_nothing(entrypoint, database):
    run = entrypoint("wait")
    assert run.code == 0
    assert not database.exists("pgentrypoint.history")
