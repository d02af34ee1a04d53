"""The statements of a file are sent ahead of their answers (ADR 16), and everything is as if they were sent one by one."""

import re
import time

import pytest

from delay_proxy import DelayProxy
from fault_proxy import Link
from runner import until
from stops import assert_stopped

# What is not undone with its transaction: it shows what the server has run.
TRACE = "create sequence trace;"


def trace(number):
    return f"select setval('trace', {number});"


def traced(database):
    return database.value("select last_value from trace")


def statements(done):
    return re.findall(r'statement sql="?(.*?)"?$', done.err, re.M)


def many(count):
    return {f"{number:04}_t.sql": f"create table t{number} (n integer);\ninsert into t{number} values (1);\nselect 1;"
            for number in range(1, count + 1)}


def test_a_file_takes_one_round_trip(start, database):
    trips = {}
    for count in (2, 12):
        database.empty()
        proxy = DelayProxy((database.host, database.port), 0.005)
        assert start("migrate", via=proxy, migrations=many(count)).finish().code == 0
        trips[count] = proxy.round_trips
        assert len(database.applied()) == count
    assert trips[12] - trips[2] == 10


def test_a_start_asks_in_few_round_trips(start, database):
    """Six of them are a second connection's, which is made because there is a proxy in between. A request for TLS counts as one,
    and the end of a connection."""
    trips = {}
    for name, count in (("first", 1), ("nothing pending", 1), ("one pending", 2)):
        proxy = DelayProxy((database.host, database.port), 0.005)
        assert start("migrate", via=proxy, migrations=many(count)).finish().code == 0
        trips[name] = proxy.round_trips
    assert database.applied() == ["1", "2"]
    assert trips["first"] <= 21 and trips["nothing pending"] <= 7 and trips["one pending"] <= 21, trips


@pytest.mark.parametrize("count", [1, 300], ids=["few", "more than are sent at a time"])
def test_the_statement_that_fails_is_named_and_nothing_after_it_is_run(entrypoint, database, count):
    before = "".join(f"{trace(number)}\n" for number in range(2, count + 2))
    text = f"{TRACE}\n{before}select 1,\n       nothing;\n" + trace(1000) * 300
    entrypoint("migrate", migrations={"0001_trace.sql": TRACE})
    run = entrypoint("migrate", "--debug", migrations={"0001_trace.sql": TRACE, "0002_fail.sql": text.removeprefix(TRACE)})
    assert run.code == 76
    assert f"migrations/0002_fail.sql:{count + 3}:8" in run.err
    assert database.applied() == ["1"] and traced(database) == count + 1
    assert statements(run)[-1].startswith("select 1,") and "setval('trace', 1000)" not in run.err


def test_what_the_server_says_comes_between_the_statements_that_it_is_about(entrypoint, database):
    names = ["one", "two", "three", "four"]
    text = "".join(f"do $$ begin raise notice 'says {name}'; end $$;\n" for name in names)
    run = entrypoint("migrate", "--debug", migrations={"0001_notices.sql": text})
    assert run.code == 0
    told = re.findall(r"raise notice 'says (\w+)'|server: says (\w+)", run.err)
    assert [first or second for first, second in told] == [name for name in names for _ in range(2)]


def test_a_slow_statement_does_not_keep_the_quick_ones_before_it_from_being_told(start, database):
    run = start("migrate", "--debug", migrations={"0001_slow.sql": "select 1;\nselect 2;\nselect 3;\nselect pg_sleep(3);\nselect 5;"})
    run.wait_for("pg_sleep(3)", timeout=2.5)
    assert "migration started" in run.err and "select 5" not in run.err
    done = run.finish()
    assert done.code == 0 and statements(done)[-1] == "select 5"


def test_a_stop_in_the_middle_ends_the_statement_and_those_behind_it(start, database):
    text = f"create table one (n integer);\n{trace(2)}\nselect pg_sleep(60);\n" + trace(1000) * 5
    files = {"0001_trace.sql": TRACE, "0002_stop.sql": text}
    run = start("--", "echo", "started", migrations=files)
    until(lambda: database.running("pg_sleep(60)"), what="the long statement")
    done = run.signal().finish()
    assert_stopped(done)
    assert "in migration 2_stop: nothing of it was applied" in done.err
    until(database.lock_is_free, 1, "a free lock")
    assert database.applied() == ["1"] and not database.exists("one") and traced(database) == 2


def test_a_stop_in_a_file_of_many_quick_statements(start, database):
    """A cancel may meet the server between two of them."""
    text = "select pg_sleep(0.002);\n" * 3000 + trace(1000)
    files = {"0001_trace.sql": TRACE, "0002_stop.sql": text}
    run = start("--", "echo", "started", migrations=files)
    until(lambda: database.running("pg_sleep(0.002)"), what="the statements")
    assert_stopped(run.signal().finish())
    until(database.lock_is_free, 2, "a free lock")
    assert database.applied() == ["1"] and traced(database) == 1


def test_a_lock_that_was_lost_lets_no_statement_of_the_next_file_run(entrypoint, database):
    files = {"0001_lose.sql": f"{TRACE} select pg_advisory_unlock_all();", "0002_next.sql": trace(1000)}
    run = entrypoint("migrate", migrations=files)
    assert run.code == 76 and "the advisory lock was lost" in run.err
    assert "migration started version=2" not in run.err
    assert database.applied() == ["1"] and traced(database) == 1


def test_the_lock_of_another_session_lets_none_run_either(start, database, proxy):
    """It was lost, and somebody has it now."""
    files = {"0001_lose.sql": f"{TRACE} select pg_advisory_unlock_all();", "0002_next.sql": trace(1000)}
    holders = []

    def take(link):
        holders.append(database.hold_lock())
        link.release()

    proxy.at("setval('trace', 1000)", take)
    done = start("migrate", via=proxy, migrations=files).finish()
    assert holders and done.code == 76 and "the advisory lock was lost" in done.err
    assert database.applied() == ["1"] and traced(database) == 1


def test_the_lock_is_kept_by_the_proof(start, database):
    """It is given back and taken again while the transaction has it."""
    held = ("create table held{0} as select count(*) from pg_locks where locktype = 'advisory' and granted "
            "and pid = pg_backend_pid();")
    files = {f"000{number}_held.sql": held.format(number) for number in (1, 2, 3)}
    run = start("migrate", migrations=files).finish()
    assert run.code == 0
    # The session's and the transaction's are one row of pg_locks.
    assert [database.value(f"select count from held{number}") for number in (1, 2, 3)] == [1, 1, 1]
    assert database.lock_is_free()


def test_copy_between_other_statements(entrypoint, database):
    copy = "copy votes from stdin;\n{}\n\\.\n"
    text = ("create table votes (n integer);\n" + copy.format("1\n2") + "insert into votes values (3);\n"
            + copy.format("4") + copy.format("5") + "insert into votes values (6);\n")
    run = entrypoint("migrate", migrations={"0001_votes.sql": text})
    assert run.code == 0
    assert database.value("select array_agg(n order by n) from votes") == [1, 2, 3, 4, 5, 6]
    run = entrypoint("migrate", migrations={"0001_votes.sql": text, "0002_bad.sql": f"{copy.format('7')}select 1;\n{copy.format('x')}"})
    assert run.code == 76 and "migrations/0002_bad.sql:6:1" in run.err
    assert database.value("select count(*) from votes") == 6


def test_copy_alone(entrypoint, database):
    files = {"0001_votes.sql": "create table votes (n integer);", "0002_data.sql": "copy votes from stdin;\n1\n\\.\n"}
    assert entrypoint("migrate", migrations=files).code == 0
    assert database.value("select array_agg(n) from votes") == [1] and database.applied() == ["1", "2"]


def test_settings_hold_for_the_statements_behind_them_and_not_for_the_next_file(entrypoint, database):
    text = ("set search_path = other;\ncreate schema other;\ncreate table here (n integer);\n"
            "set standard_conforming_strings = off;\ncreate table seen as select 'a\\\\b' as it;\n"
            "set statement_timeout = '50ms';\nset lock_timeout = '1ms';\nset client_encoding = 'latin1';\n")
    run = entrypoint("migrate", migrations={"0001_set.sql": text, "0002_next.sql": "create table there (n integer);\nselect pg_sleep(0.1);"})
    assert run.code == 0, run.err
    assert database.exists("other.here") and database.exists("public.there")
    assert database.value("select it from other.seen") == "a\\b"


def test_two_statements_in_one_text_are_still_refused(entrypoint, database):
    """By the server, should the splitter make a mistake: the protocol is the same as for one by one."""
    run = entrypoint("migrate", "--debug", migrations={"0001_long.sql": "create table one (n integer);\n" + "select 1;\n" * 600})
    assert run.code == 0 and len(statements(run)) == 601


def test_statements_that_are_longer_than_what_is_sent_at_a_time(entrypoint, database):
    long = "insert into texts values (repeat('x', {}), '{}');\n"
    text = "create table texts (a text, b text);\n" + "".join(long.format(number, "y" * 100_000) for number in range(5)) + "select 1;"
    assert entrypoint("migrate", migrations={"0001_texts.sql": text}).code == 0
    assert database.rows("select count(*), min(length(b)) from texts") == [(5, 100_000)]


def test_many_rows_that_nobody_reads(entrypoint, database):
    text = "create table one (n integer);\nselect * from generate_series(1, 300000);\ninsert into one values (1);\nselect * from one;"
    assert entrypoint("migrate", migrations={"0001_rows.sql": text}).code == 0
    assert database.value("select array_agg(n) from one") == [1]


def test_a_deadlock_is_tried_again_from_the_start(start, database):
    database.execute("create table first (n integer); create table second (n integer); "
                     "alter table first owner to owner; alter table second owner to owner")
    other = database.connect("boss", autocommit=False)
    other.execute("lock table second")
    run = start("migrate", "--allow-existing", "--lock-timeout", "0", "--debug",
                migrations={"0001_dead.sql": "insert into first values (1);\nlock table first;\nlock table second;\nselect 1;"})
    waits = ("select count(*) from pg_locks where not granted and relation = 'second'::regclass "
             "and database = (select oid from pg_database where datname = current_database())")
    until(lambda: database.value(waits), what="the migration's wait")
    other.execute("set deadlock_timeout = '1h'")
    other.execute("lock table first")
    run.wait_for("migration gave way to a lock, retrying")
    other.rollback()
    done = run.finish()
    assert done.code == 0 and "sqlstate=40P01" in done.err
    assert database.value("select array_agg(n) from first") == [1]


def test_a_blocked_statement_behind_others_is_told_before_its_time_out(start, database):
    database.execute("create table busy (n integer); alter table busy owner to owner")
    busy = database.connect(autocommit=False)
    busy.execute("select * from busy")
    text = "select pg_sleep(0.4);\nselect pg_sleep(0.4);\nalter table busy add column m integer;\nselect 1;"
    run = start("migrate", "--allow-existing", "--lock-timeout", "1s", "--lock-retries", "0", migrations={"0001_busy.sql": text})
    done = run.finish()
    assert done.code == 75 and "migrations/0001_busy.sql:3:1" in done.err
    assert done.err.count("a migration is waiting for a lock") == 1 and f"holder_pid={busy.info.backend_pid}" in done.err


def test_a_session_that_ends_in_the_middle_is_a_lost_connection_at_its_statement(entrypoint, database):
    text = "create table one (n integer);\nselect pg_terminate_backend(pg_backend_pid());\nselect 2;"
    run = entrypoint("migrate", migrations={"0001_end.sql": text})
    assert run.code == 69 and "migrations/0001_end.sql:2:1" in run.err
    assert not database.exists("one") and database.history() == []


@pytest.mark.parametrize("when", ["before", "sent", "answered"])
def test_a_connection_cut_in_the_middle(start, database, proxy, when):
    proxy.at("insert into two", Link.cut, when=when)
    text = "create table two (n integer);\nselect 1;\ninsert into two values (2);\nselect 3;"
    done = start("migrate", via=proxy, migrations={"0001_two.sql": text}).finish()
    assert done.code == 0 and "reconnecting to see" in done.err
    assert database.applied() == ["1"] and database.value("select array_agg(n) from two") == [2]


def test_the_time_that_a_file_took(entrypoint, database):
    began = time.monotonic()
    assert entrypoint("migrate", migrations={"0001_slow.sql": "select pg_sleep(0.3);\nselect 1;"}).code == 0
    taken = (time.monotonic() - began) * 1000
    assert 300 <= database.value("select milliseconds from pgentrypoint.history") < taken


def test_down_parts_too(start, database):
    files = {f"000{number}_t.sql": f"create table t{number} (n integer);\n-- migrate:down\nselect 1;\ndrop table t{number};\nselect 2;"
             for number in (1, 2)}
    assert start("migrate", migrations=files).finish().code == 0
    done = start("down", "2").finish()
    assert done.code == 0, done.err
    assert database.history() == [] and not database.exists("t1") and not database.exists("t2")
