"""Isolation levels: as the file asks for, whatever pg-entrypoint adds to its transaction."""

import psycopg
import pytest

from runner import until

LEVEL = "current_setting('transaction_isolation')"
SEEN = f"create table seen as select {LEVEL} as level;\n"
HEAD = "-- pg-entrypoint: no-transaction\n"


@pytest.mark.parametrize("text, level", [
    (SEEN, "read committed"),
    ("-- pg-entrypoint: isolation=repeatable-read\n" + SEEN, "repeatable read"),
    ("-- pg-entrypoint: isolation=serializable\nbegin;\n" + SEEN + "commit;", "serializable"),
    ("set transaction isolation level serializable;\n" + SEEN, "serializable"),
    ("begin;\nset local lock_timeout = '9s';\nset transaction isolation level repeatable read, read write, not deferrable;\n"
     + SEEN + "commit;", "repeatable read"),
    ("set local transaction_isolation = 'serializable';\n" + SEEN, "serializable"),
    ("start transaction isolation level serializable;\n" + SEEN + "commit;", "serializable"),
    (HEAD + SEEN, "read committed"),
    (HEAD + "begin isolation level serializable;\n" + SEEN + "commit;", "serializable"),
    (HEAD + "begin;\nset transaction isolation level repeatable read;\n" + SEEN + "commit;\nselect 1;", "repeatable read"),
    (HEAD + "set default_transaction_isolation = 'serializable';\n" + SEEN, "serializable"),
], ids=["default", "directive", "directive and BEGIN", "SET TRANSACTION", "behind SET LOCAL", "as a setting", "START TRANSACTION",
        "step", "block", "block with SET TRANSACTION", "the session's default"])
def test_the_level_is_what_the_file_says(entrypoint, database, text, level):
    done = entrypoint("migrate", migrations={"0001_level.sql": text, "0002_next.sql": f"create table next as select {LEVEL} as level;"})
    assert done.code == 0, done.err
    assert database.value("select level from seen") == level
    assert database.value("select level from next") == "read committed"
    assert database.applied() == ["1", "2"]


def test_a_down_part_kept_in_the_history_keeps_its_level(entrypoint, database):
    files = {"0001_a.sql": "create table a (n integer);"}
    text = f"-- pg-entrypoint: isolation=serializable\ncreate table b (n integer);\n-- migrate:down\n{SEEN}"
    assert entrypoint("migrate", migrations=files | {"0002_b.sql": text}).code == 0
    assert entrypoint("down", migrations=files).code == 0
    assert database.value("select level from seen") == "serializable"


@pytest.mark.parametrize("head, tail", [("", ""), (HEAD, "commit;")], ids=["file", "block"])
@pytest.mark.parametrize("first, counted", [("", 1), ("select 1;\n", 0)], ids=["lock first", "its twin with a query first"])
def test_what_a_transaction_sees_is_fixed_behind_its_lock(start, database, head, tail, first, counted):
    """LOCK TABLE comes before our own first query: what was committed while it waited is seen, as with psql."""
    database.execute("create table t (n integer); alter table t owner to owner")
    session = database.connect(autocommit=False)
    session.execute("lock table t")
    begin = "begin isolation level repeatable read;\n" if tail else "set transaction isolation level repeatable read;\n"
    text = f"{head}{begin}{first}lock table t in share mode;\ncreate table seen as select count(*) as n from t;\n{tail}"
    run = start("migrate", "--allow-existing", migrations={"0001_lock.sql": text})
    until(lambda: database.running("lock table t in share mode"), what="the lock")
    session.execute("insert into t values (1)")
    session.commit()
    done = run.finish()
    assert done.code == 0, done.err
    assert database.value("select n from seen") == counted


@pytest.mark.parametrize("retries, code, n", [(10, 0, 22), (0, 75, 11)], ids=["tried again", "its twin without retries"])
@pytest.mark.parametrize("text", ["-- pg-entrypoint: isolation=repeatable-read\nupdate t set n = n * 2;",
                                  HEAD + "begin isolation level serializable;\nupdate t set n = n * 2;\ncommit;"], ids=["file", "block"])
def test_a_serialization_failure_is_tried_again(start, database, text, retries, code, n):
    database.execute("create table t (n integer); insert into t values (10); alter table t owner to owner")
    session = database.connect("boss", autocommit=False)
    session.execute("update t set n = n + 1")
    run = start("migrate", "--allow-existing", "--lock-retries", retries, migrations={"0001_update.sql": text})
    until(lambda: database.running("update t set n"), what="the update")
    session.commit()
    done = run.finish()
    assert (done.code, database.value("select n from t")) == (code, n), done.err
    assert "sqlstate=40001" in done.err
    assert ("retrying" in done.err) == (code == 0) and ("raise --lock-retries" in done.err) == (code != 0)


def test_a_serialization_failure_at_commit_is_tried_again(start, database):
    """Each reads what the other one writes; the other one commits first."""
    database.execute("create table a (n integer); create table b (n integer); create table gate (n integer); "
                     "alter table a owner to owner; alter table b owner to owner; alter table gate owner to owner")
    gate = database.connect(autocommit=False)
    gate.execute("lock table gate")
    text = "-- pg-entrypoint: isolation=serializable\ninsert into b select count(*) from a;\nalter table gate add column m integer;\n"
    run = start("migrate", "--allow-existing", "--lock-timeout", "0", migrations={"0001_write.sql": text})
    until(lambda: database.running("alter table gate"), what="the end of the file")
    with psycopg.connect(database.url_of("boss")) as other:
        other.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
        other.execute("insert into a select count(*) from b")
    gate.close()
    done = run.finish()
    assert done.code == 0 and "sqlstate=40001" in done.err, done.err
    assert database.value("select n from b") == 1


@pytest.mark.parametrize("text, sqlstate, hint", [
    ("select 1; select set_config('transaction_isolation', 'serializable', true);", "25001", "isolation=serializable"),
    ("do $$ begin execute 'vacuum'; end $$;", "25001", "a statement of its own"),
    (HEAD + "do $$ begin execute 'vacuum'; end $$;", "25001", "a statement of its own"),
    ("create function f() returns int language plpgsql as 'begin commit; return 1; end'; select f();", "2D000", "make it a procedure"),
    ("do $$ begin commit; end $$;", "2D000", "add this line at the top of the file: -- pg-entrypoint: no-transaction"),
], ids=["a late level", "vacuum in DO", "vacuum in DO as a step", "commit in a function", "commit in DO"])
def test_each_meaning_of_the_transaction_in_the_way_has_its_hint(entrypoint, database, text, sqlstate, hint):
    done = entrypoint("migrate", migrations={"0001_bad.sql": text})
    assert done.code == 76 and f"sqlstate={sqlstate}" in done.err and hint in done.err, done.err
