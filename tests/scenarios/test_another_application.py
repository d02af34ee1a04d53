"""A version of the history that stands for another migration: another application's, or another branch's."""

import json

import pytest

START = ["--", "echo", "started"]
USERS = {"1_users.sql": "create table users (id integer);\n-- migrate:down\ndrop table users;\n"}
ORDERS = {"1_orders.sql": "create table orders (id integer);\n-- migrate:down\ndrop table if exists orders;\n"}


@pytest.fixture
def users(entrypoint, database):
    """The first application has migrated."""
    assert entrypoint("migrate", migrations=USERS).code == 0


@pytest.mark.parametrize("arguments", [START, ["migrate"], ["check"], ["--migrate", "check", *START], ["accept", "1"]], ids=str)
def test_it_is_not_taken_for_drift(entrypoint, database, users, arguments):
    run = entrypoint(*arguments, migrations=ORDERS)
    assert run.code == 65 and "started" not in run.out
    assert "1_users" in run.err and "1_orders" in run.err and "--history-table" in run.err
    assert "pg-entrypoint accept" not in run.err
    assert not database.exists("orders") and len(database.value("select checksums from pgentrypoint.history")) == 1


def test_with_a_history_of_its_own_the_second_application_starts(entrypoint, database, users):
    options = ["--history-table", "orders.history", "--allow-existing"]
    assert entrypoint(*options, *START, migrations=ORDERS).out == "started\n"
    assert database.exists("users") and database.exists("orders")


def test_status_shows_both_names(entrypoint, database, users):
    run = entrypoint("status", migrations=ORDERS)
    line = run.out.splitlines()[1]
    assert line.split()[0] == "drifted" and "users" in line and "orders" in line
    (entry,) = json.loads(entrypoint("status", "--json").out)["migrations"]
    assert (entry["name"], entry["file"], entry["status"]) == ("users", "orders", "drifted")


def test_a_file_that_was_only_renamed_starts(entrypoint, database, users):
    assert entrypoint(*START, migrations={"1_people.sql": USERS["1_users.sql"]}).out == "started\n"


def test_a_file_that_was_only_changed_is_drift(entrypoint, database, users):
    changed = {"1_users.sql": "create table users (id bigint);"}
    run = entrypoint(*START, migrations=changed)
    assert run.code == 65 and "pg-entrypoint accept 1" in run.err
    run = entrypoint("accept", "1")
    assert run.code == 0 and "applied=1_users" in run.err and "file=1_users" in run.err


def test_down_runs_the_text_of_what_was_applied(entrypoint, database, users):
    database.execute("create table orders (id integer)")
    assert entrypoint("down", migrations=ORDERS).code == 0
    assert not database.exists("users") and database.exists("orders") and database.applied() == []


def test_down_refuses_where_the_history_kept_no_text(entrypoint, database):
    assert entrypoint("migrate", migrations={"1_users.sql": "create table users (id integer);"}).code == 0
    database.execute("create table orders (id integer)")
    run = entrypoint("down", migrations=ORDERS)
    assert run.code == 65 and "1_users" in run.err and "1_orders.sql is not the file that was applied" in run.err
    assert database.exists("orders") and database.applied() == ["1"]


def test_down_of_a_changed_file_runs_what_was_kept_until_the_change_is_accepted(entrypoint, database, users):
    changed = {"1_users.sql": "create table users (id bigint);\n-- migrate:down\nselect 1/0;\n"}
    assert entrypoint("down", migrations=changed).code == 0
    assert not database.exists("users")
    assert entrypoint("migrate", migrations=USERS).code == 0
    assert entrypoint("accept", "1", migrations=changed).code == 0
    run = entrypoint("down")
    assert run.code == 76 and database.exists("users")
