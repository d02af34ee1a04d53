"""--role: what is created belongs to it, the history included, and it is taken before the history is read."""

import pytest
from psycopg import sql

from conftest import PASSWORD

FILES = {"0001_one.sql": "create table one (id integer);"}


@pytest.fixture
def narrow(database, admin):
    """A login that has the owner's rights only after SET ROLE."""
    admin.execute(sql.SQL("create role narrow noinherit login password {}").format(sql.Literal(PASSWORD)))
    admin.execute("grant owner to narrow")
    yield database.url_of("narrow")
    admin.execute("drop role narrow")


def test_a_login_that_does_not_inherit_migrates_and_starts_again_as_the_role(entrypoint, database, narrow):
    environment = {"DATABASE_URL": narrow, "PG_ENTRYPOINT_ROLE": "owner"}
    assert entrypoint("migrate", migrations=FILES, env=environment).code == 0
    owners = database.rows("select distinct pg_get_userbyid(relowner) from pg_class "
                           "where oid in ('one'::regclass, 'pgentrypoint.history'::regclass)")
    assert owners == [("owner",)]
    again = entrypoint("migrate", migrations=FILES, env=environment)
    assert again.code == 0 and "nothing to apply" in again.err
    assert entrypoint("check", migrations=FILES, env=environment).code == 0
    refused = entrypoint("check", migrations=FILES, env={"DATABASE_URL": narrow})
    assert refused.code == 77 and "grant select" in refused.err


def test_a_failing_down_does_not_disarm_the_guard(entrypoint, database):
    database.execute("create table somebody_elses (id integer)")
    assert entrypoint("down", migrations=FILES).code == 64
    assert not database.exists("pgentrypoint.history")
    assert entrypoint("migrate").code == 78
    assert not database.exists("one")


def test_a_step_with_a_mistake_is_mended_accepted_and_gone_on_with(entrypoint, database):
    text = "-- pg-entrypoint: no-transaction\ncreate table one (id integer);\ninsert into ome values (1);\n"
    failed = entrypoint("migrate", migrations={"0001_steps.sql": text})
    assert failed.code == 76 and "pg-entrypoint accept 1" in failed.err
    mended = {"0001_steps.sql": text.replace("ome", "one") + "insert into one values (2);\n"}
    refused = entrypoint("migrate", migrations=mended)
    assert refused.code == 65 and "pg-entrypoint accept 1" in refused.err
    assert entrypoint("accept", "1").code == 0
    assert entrypoint("migrate").code == 0
    assert database.rows("select id from one order by id") == [(1,), (2,)]
    assert database.history("state, step, steps") == [("applied", 3, 3)]


def test_an_application_that_cannot_read_what_was_made_is_told_how_it_can(entrypoint, database, admin):
    admin.execute("create role webapp login")
    try:
        env = {"MIGRATE_DATABASE_URL": database.url_of("owner"), "DATABASE_URL": database.url_of("webapp"), "DATABASE_URL_FILE": None}
        told = "the application's role cannot read tables of the migrating role"
        first = entrypoint("--", "echo", "started", migrations=FILES, env=env)
        assert first.out == "started\n" and first.err.count(told) == 1
        line = next(line for line in first.err.splitlines() if told in line)
        assert "role=webapp schema=public tables=1 first=one" in line and PASSWORD not in line
        # Once: nothing is applied.
        assert told not in entrypoint("--", "echo", "started", env=env).err
        # The hint is what helps.
        for statement in line.split('hint="if it should: ')[1].split('" ')[0].rstrip('"').replace("and for later tables: ", "").split("; "):
            database.execute(statement)
        again = entrypoint("migrate", migrations=FILES | {"0002_two.sql": "create table two (id integer);"}, env=env)
        assert again.code == 0 and told not in again.err
        assert database.value("select has_table_privilege('webapp', 'two', 'select')")
        # Nor is it a matter of the log where the application migrates itself.
        assert told not in entrypoint("migrate", migrations={"0003_three.sql": "create table three (id integer);"}).err
    finally:
        with database.connect("boss") as boss:
            boss.execute("drop owned by webapp")
        admin.execute("drop role webapp")
