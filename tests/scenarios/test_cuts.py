"""The network fails at any request of a run: cut, the run goes on to the same end, also when that is within an answer, or
between a COMMIT and its answer; slow, it does not mind; silent, a stop ends it and the next run goes on to the same end.
Nothing is done twice.

PGE_CUTS: at how many places, chosen by PGE_SEED; 0: at all of them.
"""

import os
import random
import time

import pytest

from fault_proxy import FaultProxy, Link, delay

CUTS = int(os.environ.get("PGE_CUTS", "3"))
SEED = int(os.environ.get("PGE_SEED", "0")) or random.randrange(1, 10**6)

FILES = {
    "0001_tables.sql": "create table votes (n integer);\ninsert into votes values (1), (2);",
    "0002_steps.sql": "-- pg-entrypoint: no-transaction\ninsert into votes values (3);\nset work_mem = '5MB';\n"
                      "create index concurrently votes_idx on votes (n);\nvacuum votes;\ninsert into votes values (4);",
    "0003_rest.sql": "insert into votes values (5);\nalter table votes add column voted boolean;",
    "0004_last.sql": "insert into votes values (6);",
}


def left(database):
    indexes = "select indexrelid::regclass::text, indisvalid from pg_index where indrelid = to_regclass('votes')"
    history = database.history("version, name, state, step, steps, note, applied_order")
    return database.rows("select * from votes order by n"), database.rows(indexes), history, database.lock_is_free()


@pytest.fixture
def through(start, database):
    """through(): starts a run through a proxy of its own, which may have a fault at one request."""
    proxies = []

    def run(fault=None, when=None, number=None):
        proxy = FaultProxy((database.host, database.port))
        proxies.append(proxy)
        if fault:
            proxy.at("", fault, when=when, nth=number)
        return start("--", "echo", "started", via=proxy), proxy

    yield run
    for proxy in proxies:
        proxy.close()


@pytest.fixture
def undisturbed(through, database, migrations):
    """The requests of a run that nothing disturbs, and what it leaves."""
    migrations(FILES)
    run, proxy = through()
    assert run.finish().out == "started\n"
    state = left(database)
    assert [row[0] for row in state[0]] == [1, 2, 3, 4, 5, 6]
    return proxy.statements, state


def numbers_of(statements):
    """The places. The third that asks who the server is comes from a second connection, which only looks for a pooler:
    without it the run goes on."""
    asked = [number for number, sql in enumerate(statements, 1) if "pg_is_in_recovery()" in sql]
    return [number for number in range(1, len(statements) + 1) if number != asked[2]]


def some(places):
    print(f"seed {SEED}, {CUTS or 'all'} of {len(places)} places")
    return sorted(random.Random(SEED).sample(places, CUTS)) if CUTS else places


@pytest.mark.parametrize("when", ["before", "answered"])
def test_a_cut_while_the_history_is_created(through, database, undisturbed, when):
    """Its error names the table by a quoted name, when there is no connection that could quote."""
    statements, state = undisturbed
    (number,) = [place for place, sql in enumerate(statements, 1) if sql.startswith("create schema")]
    database.empty()
    run, proxy = through(Link.cut, when, number)
    done = run.finish()
    assert proxy.hit.is_set() and "reconnecting to see" in done.err
    assert (done.code, done.out) == (0, "started\n"), done.err
    assert left(database) == state


def test_a_run_that_is_cut_goes_on_to_the_same_end(through, database, undisturbed):
    statements, state = undisturbed
    moments = ("before", "within", "answered")
    for number, when in some([(number, when) for number in numbers_of(statements) for when in moments]):
        where = f"seed {SEED}, request {number}, {when}: {statements[number - 1][:90]}"
        database.empty()
        run, proxy = through(Link.cut, when, number)
        done = run.finish()
        assert proxy.hit.is_set(), where
        assert "waiting for the database" in done.err or "reconnecting to see" in done.err, where
        assert (done.code, done.out) == (0, "started\n"), f"{where}\n{done.err}"
        assert left(database) == state, f"{where}\n{done.err}"


@pytest.mark.parametrize("word", ["COMMIT", "create index concurrently", "vacuum"])
@pytest.mark.parametrize("when", ["before", "sent", "within", "answered"])
def test_a_cut_around_what_commits_does_nothing_twice(through, database, undisturbed, word, when):
    statements, state = undisturbed
    number = next(place for place, sql in enumerate(statements, 1) if sql.startswith(word))
    database.empty()
    run, proxy = through(Link.cut, when, number)
    done = run.finish()
    assert proxy.hit.is_set() and "reconnecting to see" in done.err
    assert (done.code, done.out) == (0, "started\n"), done.err
    assert left(database) == state


def test_a_run_on_a_slow_network_ends_the_same(through, database, undisturbed):
    """Each request and each answer is late by up to 30 ms, and those of some places by half a second."""
    statements, state = undisturbed
    dice = random.Random(SEED)
    for number in some(numbers_of(statements)):
        def slow(link):
            time.sleep(dice.uniform(0, 0.03))
            link.release()

        database.empty()
        run, proxy = through(delay(0.5), dice.choice(["before", "sent", "answered"]), number)
        proxy.at("", slow, when="before", nth=None)
        done = run.finish(30)
        where = f"seed {SEED}, request {number}: {statements[number - 1][:90]}"
        assert proxy.hit.is_set() and (done.code, done.out) == (0, "started\n"), f"{where}\n{done.err}"
        assert "reconnecting" not in done.err and "waiting for the database" not in done.err, where
        assert left(database) == state, where


def test_a_stop_where_the_network_is_silent_and_the_next_run(through, database, undisturbed):
    statements, state = undisturbed
    for number in some(numbers_of(statements)):
        sql = statements[number - 1]
        where = f"seed {SEED}, request {number}: {sql[:90]}"
        database.empty()
        run, proxy = through(Link.hold, "sent", number)
        proxy.wait_for_hit()
        done = run.signal().finish()
        # What goes along with a COMMIT may be there before the answer to that.
        behind = "COMMIT" in statements[max(0, number - 5):number - 1] and done.code == 74
        commit = sql == "COMMIT" or behind
        assert done.code == (74 if commit else 143) and done.out == "", f"{where}\n{done.err}"
        assert done.seconds_after_signal < (2 if commit else 1), where
        proxy.settle()
        # What may be committing by itself is cancelled through a second connection, which looks first.
        cancels = proxy.cancels + sum("pg_cancel_backend" in other for other in proxy.statements)
        assert cancels == (0 if commit else 1), where
        proxy.release()  # the server hears that we are gone
        assert through()[0].finish().out == "started\n", where
        assert left(database) == state, where
