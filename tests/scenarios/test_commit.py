"""COMMIT: never cancelled, never done twice, and never called known when it is not."""

import signal
import time

import pytest

from fault_proxy import Link, delay
from runner import until
from stops import STOPS, OneForEach, assert_stopped

FILES = {"0001_one.sql": "create table one (n integer);\ninsert into one values (1);",
         "0002_two.sql": "create table two (n integer);\ninsert into two values (2);"}
NOTHING = {"0001_nothing.sql": "select 1"}
# A transaction whose COMMIT takes its time: a deferred trigger sleeps in it.
SLOW = {"0001_slow.sql": """create table slow (n integer);
    create function nap() returns trigger language plpgsql as $$ begin perform pg_sleep({}); return null; end $$;
    create constraint trigger nap after insert on slow deferrable initially deferred
    for each row execute function nap();
    insert into slow values (1);"""}


# What follows a file goes along with its COMMIT.
NEXT = {"0002_next.sql": "create table next (n integer);"}


def slow(seconds):
    return {name: text.format(seconds) for name, text in SLOW.items()}


def assert_each_once(database):
    assert database.applied() == ["1", "2"]
    assert database.value("select array_agg(n) from one") == [1]
    assert database.value("select array_agg(n) from two") == [2]
    assert database.lock_is_free()


def commits(database):
    return database.value("select count(*) from pg_stat_activity where application_name like 'pg-entrypoint/%%' "
                          "and state = 'active' and query = 'COMMIT'")


# A stop while COMMIT is under way


def test_one_that_is_answered_in_time_is_done_and_the_stop_is_a_stop(start, database, proxy):
    proxy.at("COMMIT", Link.hold, when="sent", nth=None)
    each = OneForEach(start, via=proxy, migrations=NOTHING)
    each.until(lambda: proxy.hits == len(STOPS), what="four COMMITs")
    each.signal()
    time.sleep(0.2)
    proxy.release()
    for number, done in each.finish().items():
        assert_stopped(done, number)
        assert "COMMIT in progress succeeded" in done.err
        assert database.applied(f"public.{each.table(number)}") == ["1"]
    proxy.settle()
    assert proxy.cancels == 0


def test_a_stop_one_statement_earlier_does_cancel(start, database, proxy):
    """The opposite: so the proxy does count, and a cancel would have undone the migration."""
    proxy.at("set state = 'applied'", Link.hold, when="before", nth=None)
    each = OneForEach(start, via=proxy, migrations=NOTHING)
    each.until(lambda: proxy.hits == len(STOPS), what="four last statements")
    for number, done in each.stop().items():
        assert_stopped(done, number)
        assert database.history(table=f"public.{each.table(number)}") == []
    proxy.settle()
    assert proxy.cancels == len(STOPS)


def test_one_that_takes_the_server_half_a_second_is_let_finish(start, database):
    run = start("--", "echo", "started", migrations=slow(0.5), init=True)
    until(lambda: commits(database), what="COMMIT")
    assert_stopped(run.signal().finish())
    assert database.applied() == ["1"]
    assert database.lock_is_free()


@pytest.mark.parametrize("init", [False, True], ids=["child", "pid1"])
def test_one_that_is_not_answered_is_74_within_two_seconds(start, database, proxy, init):
    proxy.at("COMMIT", Link.hold, when="answered", nth=None)
    each = OneForEach(start, via=proxy, migrations=NOTHING, init=init)
    each.until(lambda: proxy.hits == len(STOPS), what="four COMMITs")
    for number, done in each.stop().items():
        assert done.code == 74
        assert done.seconds_after_signal < 2
        assert f"stopped by {signal.Signals(number).name} while COMMIT was in progress" in done.err
        assert "outcome is unknown" in done.err and "started" not in done.out
        assert database.applied(f"public.{each.table(number)}") == ["1"], "which the client cannot know"
    proxy.settle()
    assert proxy.cancels == 0


@pytest.mark.parametrize("options", [[], ["--on-stop", "finish"]], ids=["cancel", "finish"])
def test_one_with_which_a_file_goes_along_is_let_finish_and_that_file_is_not(start, database, options):
    follows = {"0002_next.sql": "select pg_sleep(60)"}
    run = start(*options, "--", "echo", "started", migrations=slow(0.5) | follows)
    until(lambda: commits(database), what="COMMIT")
    done = run.signal().finish()
    assert done.code == 143 and "started" not in done.out
    assert "migration applied version=1" in done.err and "in migration 2_next: nothing of it was applied" in done.err
    assert database.applied() == ["1"]
    until(database.lock_is_free, 1, "a free lock")


def test_one_with_which_a_file_goes_along_is_74_without_an_answer(start, database, proxy):
    proxy.at("COMMIT", Link.hold, when="answered")
    run = start("--", "echo", "started", via=proxy, migrations=FILES)
    proxy.wait_for_hit()
    done = run.signal().finish()
    assert done.code == 74 and done.seconds_after_signal < 2
    assert "stopped by SIGTERM while COMMIT was in progress: its outcome is unknown" in done.err
    assert database.applied() == ["1"], "which the client cannot know"
    proxy.settle()
    assert proxy.cancels == 0


def test_a_second_stop_does_not_wait_for_the_answer(start, proxy):
    proxy.at("COMMIT", Link.hold, when="sent")
    run = start("--", "echo", "started", via=proxy, migrations=FILES)
    proxy.wait_for_hit()
    run.signal()
    time.sleep(0.1)
    done = run.signal(signal.SIGINT).finish()
    assert done.code == 74
    assert done.seconds_after_signal < 0.5
    proxy.settle()
    assert proxy.cancels == 0


def test_the_answer_of_a_server_that_ends_leaves_the_outcome_unknown(start, proxy):
    """A shutdown may end the session after its commit, while it waits for a synchronous standby."""
    proxy.at("COMMIT", Link.hold, when="sent")
    run = start("--", "echo", "started", via=proxy, migrations=FILES)
    proxy.wait_for_hit()
    run.signal()
    time.sleep(0.1)
    proxy.links[0].fail("57P01", "terminating connection due to administrator command")
    assert run.finish().code == 74


# COMMIT that fails


def test_one_that_fails_is_its_own_file_s_failure_and_the_next_one_does_not_begin(entrypoint, database):
    files = {"0001_child.sql": "create table parent (n integer primary key);\ncreate table child (n integer\n"
                               "    references parent deferrable initially deferred);\ninsert into child values (1);"}
    run = entrypoint("migrate", migrations=files | NEXT)
    assert run.code == 76
    assert "migration 1_child failed" in run.err and "migrations/0001_child.sql:4:1" in run.err
    assert "version=2" not in run.err and database.history() == [] and not database.exists("next")
    entrypoint("migrate", migrations=files | {"0001_child.sql": "create table parent (n integer);"} | NEXT)
    assert database.applied() == ["1", "2"], "the control: nothing else was wrong"


@pytest.mark.parametrize("follows", [NEXT, {}], ids=["with the next file", "alone"])
def test_one_that_gives_way_is_tried_again_with_its_whole_file(entrypoint, database, follows):
    before = {"0000_tries.sql": "create sequence tries;"}
    text = """create table again (n integer);
        create function give_way() returns trigger language plpgsql as $$ begin
        if nextval('tries') < 3 then raise 'not yet' using errcode = '40001'; end if; return null; end $$;
        create constraint trigger give_way after insert on again deferrable initially deferred
        for each row execute function give_way();
        insert into again values (1);"""
    run = entrypoint("migrate", migrations=before | {"0001_again.sql": text} | follows)
    assert run.code == 0 and run.err.count("migration gave way to a lock, retrying") == 2
    assert database.applied() == ["0", "1", "2"][:2 + len(follows)]
    assert database.history("applied_order") == [1, 2, 3][:2 + len(follows)]
    assert database.value("select array_agg(n) from again") == [1]
    told = [line.split("info    ")[1].split(" name=")[0] for line in run.err.splitlines() if "migration applied" in line
            or "migration started" in line]
    assert told == [f"migration {what} version={number}" for number in range(2 + len(follows))
                    for what in ("started", "applied")], "each is done before the next one begins"


@pytest.mark.parametrize("text", ["-- pg-entrypoint: no-transaction\nvacuum nothing;",
                                  "-- pg-entrypoint: isolation=serializable\nselect nothing;", "select nothing;"],
                         ids=["steps", "isolation", "transaction"])
def test_it_comes_before_whatever_the_next_file_is(entrypoint, database, text):
    run = entrypoint("migrate", migrations={"0001_one.sql": "create table one (n integer);", "0002_fails.sql": text})
    assert run.code == 76 and "migrations/0002_fails.sql:" in run.err
    assert database.history("version")[:1] == ["1"] and database.exists("one")
    assert run.err.index("migration applied version=1") < run.err.index("migration started version=2")


# COMMIT lost without a stop


@pytest.mark.parametrize("how", [Link.cut, Link.end], ids=["reset", "end"])
@pytest.mark.parametrize("when", ["before", "sent", "answered"])
def test_a_lost_one_is_looked_up_under_the_lock_and_nothing_is_done_twice(start, database, proxy, when, how):
    found = []

    def lose(link):
        found.extend(database.history())
        how(link)

    proxy.at("COMMIT", lose, when=when)
    done = start("--", "echo", "started", via=proxy, migrations=FILES).finish()
    assert (done.code, done.out) == (0, "started\n")
    assert_each_once(database)
    # What the client could not see was different.
    assert when == "sent" or found == {"before": [], "answered": ["1"]}[when]
    again = done.err.index("reconnecting to see what was done")
    assert "outcome is unknown" in done.err[:again]
    assert done.err.index("advisory lock acquired", again) < done.err.index("migration applied", again)
    assert proxy.statements.count("COMMIT") == (3 if found == [] else 2) or when == "sent"


def test_one_that_the_server_is_still_busy_with_is_waited_for_at_the_lock(start, database, proxy):
    proxy.at("COMMIT", Link.lose_client, when="sent")
    run = start("--", "echo", "started", via=proxy, migrations=slow(0.6))
    run.wait_for("reconnecting to see").wait_for("waiting for the advisory lock")
    assert commits(database) and database.history() == [], "without the lock it would have been applied again"
    until(lambda: database.history() == ["1"], what="the COMMIT")
    proxy.links[0].end_server()
    done = run.finish()
    assert (done.code, done.out) == (0, "started\n")
    assert database.applied() == ["1"] and database.value("select array_agg(n) from slow") == [1]
    assert "migration applied" not in done.err


@pytest.mark.parametrize("text, code", [("COMMIT", 74), ("insert into one", 69)], ids=["at COMMIT", "before it"])
def test_when_the_database_does_not_come_back(start, database, proxy, text, code):
    def lose_for_good(link):
        proxy.refuse = True
        link.cut()

    proxy.at(text, lose_for_good, when="answered")
    run = start("--wait-timeout", "1s", "--", "echo", "started", via=proxy, migrations=FILES)
    done = run.finish()
    assert (done.code, done.out) == (code, "")
    assert ("outcome is unknown" in done.err.splitlines()[-1]) == (code == 74)
    assert done.seconds < 5
    proxy.refuse = False
    assert start("--", "echo", "started", via=proxy).finish().out == "started\n"
    assert_each_once(database)


@pytest.mark.parametrize("text, code", [("COMMIT", 74), ("insert into one", 143)], ids=["at COMMIT", "before it"])
@pytest.mark.parametrize("silence", ["refuse", "silent"])
def test_a_stop_while_connecting_again(start, proxy, text, code, silence):
    def lose(link):
        setattr(proxy, silence, True)
        link.cut()

    proxy.at(text, lose, when="answered")
    run = start("--", "echo", "started", via=proxy, migrations=FILES).wait_for("reconnecting to see")
    accepted = proxy.accepted
    if silence == "silent":
        until(lambda: proxy.accepted > accepted, what="a new connection")
    done = run.signal().finish()
    assert done.code == code
    assert ("outcome" in done.err.splitlines()[-1]) == (code == 74)
    assert done.seconds_after_signal < 1 and done.out == ""


def test_a_stop_in_the_pause_before_connecting_again_does_not_connect(start, proxy):
    """It is read in the pause, so that it cannot end the connecting that would come next."""
    def lose(link):
        proxy.silent = True
        link.cut()

    proxy.at("COMMIT", lose, when="answered")
    done = start("--", "echo", "started", via=proxy, migrations=FILES).wait_for("reconnecting to see").signal().finish()
    assert done.code == 74
    assert done.seconds_after_signal < 1


def test_once_the_outcome_is_known_a_stop_is_a_stop_again(start, database, proxy):
    def lose(link):
        proxy.silent = True
        link.cut()

    proxy.at("COMMIT", Link.cut, when="answered")
    proxy.at("insert into two", lose)
    run = start("--", "echo", "started", via=proxy, migrations=FILES)
    accepted = until(lambda: proxy.silent and proxy.accepted, what="the second loss")
    until(lambda: proxy.accepted > accepted, what="another connection")
    assert_stopped(run.signal().finish())
    assert database.applied() == ["1"]


# Around it


@pytest.mark.parametrize("when", ["before", "answered"])
def test_a_connection_lost_at_the_unlock_changes_nothing(start, database, proxy, when):
    proxy.at("select pg_catalog.pg_advisory_unlock", Link.cut, when=when)
    done = start("--", "echo", "started", via=proxy, migrations=FILES).finish()
    assert (done.code, done.out) == (0, "started\n")
    assert_each_once(database)
    assert "unknown" not in done.err


def test_a_stop_at_an_unlock_that_is_not_answered(start, database, proxy):
    proxy.at("select pg_catalog.pg_advisory_unlock", Link.hold, when="sent")
    run = start("--", "echo", "started", via=proxy, migrations=FILES)
    proxy.wait_for_hit()
    assert_stopped(run.signal().finish())
    until(database.lock_is_free, 1, "a free lock")
    assert_each_once(database)


def test_a_slow_network_is_only_slow(start, database, proxy):
    proxy.at("COMMIT", delay(0.3), when="answered", nth=None)
    done = start("--", "echo", "started", via=proxy, migrations=FILES).finish()
    assert (done.code, done.out) == (0, "started\n")
    assert done.seconds > 0.6 and "reconnecting to see" not in done.err
    assert_each_once(database)
