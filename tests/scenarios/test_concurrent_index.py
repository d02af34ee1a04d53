"""Statements that cannot share a transaction with their record: what an interruption leaves is judged and mended."""

import os
import signal

import psycopg
import pytest

from runner import children_of, until

HEADER = "-- pg-entrypoint: no-transaction\n"
CREATE = HEADER + "create index concurrently busy_idx on busy (n);\n"
OPTIONS = ["--allow-existing"]


@pytest.fixture
def busy(database):
    """A table with rows and an invalid index of somebody else's, and a transaction that builds have to wait for."""
    database.execute("create table busy (n integer); alter table busy owner to owner; "
                     "insert into busy select generate_series(1, 100); create index mine on busy (n); "
                     "create index old_idx on busy (n); "
                     "update pg_index set indisvalid = false where indexrelid = 'old_idx'::regclass")
    session = database.connect(autocommit=False)
    session.execute("insert into busy values (0)")
    return session


def kill_in(run, database, text):
    until(lambda: database.running(text), what=text)
    os.kill(children_of(run.pid)[0], signal.SIGKILL)
    done = run.finish()
    until(database.lock_is_free, 2, "a free lock")
    return done


def valid(database, name):
    rows = database.rows("select indisvalid from pg_index where indexrelid = to_regclass(%s)", name)
    return rows[0][0] if rows else None


def test_an_index_whose_build_was_killed_is_dropped_and_built_again(start, entrypoint, database, busy):
    run = start("migrate", *OPTIONS, migrations={"0001_index.sql": CREATE})
    assert kill_in(run, database, "create index concurrently").code == 70
    assert valid(database, "busy_idx") is False
    left = database.value("select 'busy_idx'::regclass::oid")
    busy.rollback()
    done = entrypoint("migrate", *OPTIONS)
    assert done.code == 0, done.err
    assert "left an INVALID index" in done.err
    assert valid(database, "busy_idx") is True
    assert database.value("select 'busy_idx'::regclass::oid") != left
    assert valid(database, "old_idx") is False, "what was there before is not touched"
    assert database.history("state, step, steps, note") == [("applied", 1, 1, "")]


def test_an_index_that_was_built_but_not_recorded_counts_as_done(entrypoint, database, busy):
    busy.rollback()
    assert entrypoint("migrate", *OPTIONS, migrations={"0001_index.sql": CREATE}).code == 0
    built = database.value("select 'busy_idx'::regclass::oid")
    old = database.value("select 'old_idx'::regclass::oid")
    # As a kill between the statement and its record leaves it.
    database.execute(f"update pgentrypoint.history set state = 'running', step = 0, note = 'indexes {old}'")
    done = entrypoint("migrate", *OPTIONS)
    assert done.code == 0, done.err
    assert database.value("select 'busy_idx'::regclass::oid") == built
    assert database.history("state, step") == [("applied", 1)]


def test_an_index_that_was_there_before_is_not_taken_for_ours(entrypoint, database, busy):
    busy.rollback()
    database.execute("create index busy_idx on busy (n); alter index busy_idx owner to owner")
    done = entrypoint("migrate", *OPTIONS, migrations={"0001_index.sql": CREATE})
    assert done.code == 76 and "sqlstate=42P07" in done.err
    again = entrypoint("migrate", *OPTIONS)
    assert again.code == 76, "a second start must not take it for its own work"
    assert database.history("state, step") == [("running", 0)]


def test_a_build_that_failed_is_done_again_when_the_data_is_right(entrypoint, database, busy):
    busy.rollback()
    database.execute("insert into busy values (7)")
    text = HEADER + "create unique index concurrently busy_idx on busy (n);\n"
    failed = entrypoint("migrate", *OPTIONS, migrations={"0001_index.sql": text})
    assert failed.code == 76 and "sqlstate=23505" in failed.err
    assert valid(database, "busy_idx") is False
    database.execute("delete from busy where ctid = (select max(ctid) from busy where n = 7)")
    done = entrypoint("migrate", *OPTIONS)
    assert done.code == 0, done.err
    assert valid(database, "busy_idx") is True


def test_a_dropped_index_that_was_not_recorded_counts_as_done(entrypoint, database, busy):
    busy.rollback()
    text = HEADER + "drop index concurrently old_idx;\n"
    assert entrypoint("migrate", *OPTIONS, migrations={"0001_index.sql": text}).code == 0
    database.execute("update pgentrypoint.history set state = 'running', step = 0, note = 'indexes 1'")
    assert entrypoint("migrate", *OPTIONS).code == 0
    assert database.history("state, step") == [("applied", 1)]


def test_a_namesake_of_a_dropped_index_is_not_dropped_in_its_place(entrypoint, database, busy):
    """The kill came between the drop and its record; the name means another index of the path since."""
    busy.rollback()
    database.execute("create schema app authorization owner; create table app.busy (n integer); create index old_idx on app.busy (n); "
                     "alter table app.busy owner to owner")
    old = database.value("select 'app.old_idx'::regclass::oid")
    options = [*OPTIONS, "--search-path", "app, public"]
    text = HEADER + "drop index concurrently old_idx;\n"
    assert entrypoint("migrate", *options, migrations={"0001_index.sql": text}).code == 0
    assert not database.exists("app.old_idx") and database.exists("public.old_idx")
    database.execute(f"update pgentrypoint.history set state = 'running', step = 0, note = 'indexes {old}'")
    done = entrypoint("migrate", *options)
    assert done.code == 0, done.err
    assert database.exists("public.old_idx") and database.history("state, step") == [("applied", 1)]


@pytest.mark.parametrize("if_not_exists", ["", "if not exists "], ids=["plain", "if not exists"])
def test_an_index_with_a_name_that_the_server_cuts_is_mended_too(start, entrypoint, database, busy, if_not_exists):
    name = "a_name_that_is_longer_than_what_postgresql_keeps_of_it_by_a_good_deal"
    text = HEADER + f"create index concurrently {if_not_exists}{name} on busy (n);\n"
    run = start("migrate", *OPTIONS, migrations={"0001_index.sql": text})
    kill_in(run, database, "create index concurrently")
    assert valid(database, name[:63]) is False
    busy.rollback()
    done = entrypoint("migrate", *OPTIONS)
    assert done.code == 0, done.err
    assert valid(database, name[:63]) is True and database.history("state, step") == [("applied", 1)]


def accept_and_migrate(entrypoint, text):
    assert entrypoint("accept", "1", migrations={"0001_index.sql": HEADER + text}).code == 0
    return entrypoint("migrate", *OPTIONS)


def test_what_was_noted_for_a_statement_is_not_used_for_another_one(entrypoint, database, busy):
    """The file was mended and accepted: at the step where it failed there is another statement now."""
    busy.rollback()
    failed = entrypoint("migrate", *OPTIONS, migrations={"0001_index.sql": HEADER + "call nosuch();\n"})
    assert failed.code == 76
    done = accept_and_migrate(entrypoint, "drop index concurrently old_idx;\n")
    assert done.code == 0 and not database.exists("old_idx"), done.err


def test_an_index_that_failed_is_dropped_by_the_mended_file(entrypoint, database, busy):
    busy.rollback()
    database.execute("insert into busy values (7)")
    create = "create unique index concurrently if not exists busy_idx on busy (n);\n"
    assert entrypoint("migrate", *OPTIONS, migrations={"0001_index.sql": HEADER + create}).code == 76
    delete = "delete from busy where ctid = (select max(ctid) from busy where n = 7);\n"
    # Without dropping it the statement would do nothing, and an invalid index would count as built.
    refused = accept_and_migrate(entrypoint, delete + create)
    assert refused.code == 76 and "exists but is INVALID" in refused.err and "drop index concurrently public.busy_idx" in refused.err
    assert "at=migrations/0001_index.sql:3:1" in refused.err
    done = accept_and_migrate(entrypoint, delete + "drop index concurrently if exists busy_idx;\n" + create)
    assert done.code == 0 and valid(database, "busy_idx") is True, done.err
    assert database.history("state, step") == [("applied", 3)]


def test_an_interrupted_reindex_is_cleaned_up_and_done_again(start, entrypoint, database, busy):
    text = HEADER + "reindex index concurrently mine;\n"
    run = start("migrate", *OPTIONS, migrations={"0001_reindex.sql": text})
    kill_in(run, database, "reindex index concurrently")
    busy.rollback()
    done = entrypoint("migrate", *OPTIONS)
    assert done.code == 0, done.err
    assert valid(database, "mine") is True
    assert database.value("select count(*) from pg_class where relname like '%%_ccnew%%'") == 0


@pytest.mark.parametrize("target", ["index concurrently mine", "table concurrently busy",
                                    "schema concurrently public"])
@pytest.mark.parametrize("late", [False, True], ids=["while building", "when replaced"])
def test_what_an_interrupted_reindex_leaves_is_dropped(start, entrypoint, database, busy, target, late):
    busy.rollback()
    database.execute("create index was_there_ccnew on busy (n); "
                     "update pg_index set indisvalid = false where indexrelid = 'was_there_ccnew'::regclass")
    # A writer is waited for first; a reader when the new index has taken the place and the name of the old one.
    busy.execute("select from busy" if late else "insert into busy values (0)")
    run = start("migrate", *OPTIONS, migrations={"0001_reindex.sql": f"{HEADER}reindex {target};\n"})
    leftover = "select array_agg(relname::text) from pg_class where relname ~ 'mine_cc(new|old)'"
    until(lambda: database.value(leftover) == ["mine_ccold" if late else "mine_ccnew"], what="the new index")
    kill_in(run, database, "reindex")
    busy.rollback()
    assert database.value(leftover)
    done = entrypoint("migrate", *OPTIONS)
    assert done.code == 0, done.err
    assert database.value(leftover) is None and valid(database, "mine") is True
    assert valid(database, "was_there_ccnew") is False, "what was there before is not touched"


def test_dropping_an_index_that_never_was_there_fails_each_time(entrypoint, database, busy):
    files = {"0001_drop.sql": HEADER + "drop index concurrently no_such;\n"}
    for _ in range(2):
        failed = entrypoint("migrate", *OPTIONS, migrations=files)
        assert failed.code == 76 and "sqlstate=42704" in failed.err


@pytest.fixture
def partition(database):
    """A partition, and a transaction that detaching it has to wait for."""
    database.execute("create table parts (n integer) partition by range (n); alter table parts owner to owner; "
                     "create table parts_1 partition of parts for values from (0) to (10); "
                     "alter table parts_1 owner to owner")
    session = database.connect("boss", autocommit=False)
    session.execute("select from parts")
    return session


DETACH = "alter table parts detach partition parts_1 concurrently"
ATTACHED = "select array_agg(inhdetachpending) from pg_inherits where inhrelid = 'parts_1'::regclass"


def test_a_partition_that_was_left_half_detached_is_detached(start, entrypoint, database, partition):
    run = start("migrate", *OPTIONS, migrations={"0001_detach.sql": f"{HEADER}{DETACH};\n"})
    until(lambda: database.value(ATTACHED) == [True], what="the first half")
    kill_in(run, database, "detach partition")
    partition.rollback()
    assert database.value(ATTACHED) == [True]
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):  # the statement alone cannot go on
        database.connect().execute(DETACH)
    done = entrypoint("migrate", *OPTIONS)
    assert done.code == 0, done.err
    assert "half detached" in done.err and database.value(ATTACHED) is None
    assert database.history("state, step, note") == [("applied", 1, "")]


def test_a_partition_that_was_detached_but_not_recorded_counts_as_done(entrypoint, database, partition):
    partition.rollback()
    oid = database.value("select 'parts_1'::regclass::oid")
    assert entrypoint("migrate", *OPTIONS, migrations={"0001_detach.sql": f"{HEADER}{DETACH};\n"}).code == 0
    database.execute(f"update pgentrypoint.history set state = 'running', step = 0, note = 'detach {oid}'")
    assert entrypoint("migrate", *OPTIONS).code == 0
    # Without the note it is not known for ours.
    database.execute("update pgentrypoint.history set state = 'running', step = 0")
    assert entrypoint("migrate", *OPTIONS).code == 76


@pytest.mark.parametrize("directive, code", [("", 0), (" on-doubt=stop", 74)])
def test_a_call_that_was_interrupted_is_retried_or_asked_about(start, entrypoint, database, directive, code):
    database.execute("create table done (n integer); alter table done owner to owner; "
                     "create table seconds (n float); insert into seconds values (30); grant select on seconds to owner; "
                     "create procedure work() language plpgsql as $$ begin insert into done values (1); commit; "
                     "perform pg_sleep((select n from seconds)); end $$")
    text = f"-- pg-entrypoint: no-transaction{directive}\ncall work();\ncreate table after (n integer);\n"
    run = start("migrate", *OPTIONS, migrations={"0001_call.sql": text})
    until(lambda: database.value("select count(*) from done") == 1, what="the commit inside the procedure")
    kill_in(run, database, "call work()")
    database.execute("update seconds set n = 0")
    done = entrypoint("migrate", *OPTIONS)
    assert done.code == code, done.err
    if code == 74:
        assert "may have run" in done.err
        assert "set step = 1, note = '' where kind = 'versioned' and version = '1'; if it did not" in done.err
        assert database.value("select count(*) from done") == 1
        database.execute("update pgentrypoint.history set step = 1, note = '' where version = '1'")
        assert entrypoint("migrate", *OPTIONS).code == 0
        assert database.value("select count(*) from done") == 1
    else:
        assert database.value("select count(*) from done") == 2
    assert database.exists("after")
