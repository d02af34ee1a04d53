"""A network that fails again and again in one run: cuts before a request, behind it and between an answer and the client, at random
requests, among them COMMIT, and random delays. The run ends by itself, right, and nothing is done twice.

PGE_FAULTS: rounds; PGE_SEED repeats them. `scripts/soak cuts [ROUNDS]` runs more.
"""

import os
import random
import time

from conftest import HISTORY
from fault_proxy import FaultProxy, Link

ROUNDS = int(os.environ.get("PGE_FAULTS", "2"))
SEED = int(os.environ.get("PGE_SEED", "0")) or random.randrange(1, 10**6)
FILES = {"0001_ran.sql": "create table ran (file integer, step integer);\ninsert into ran values (1, 0);"}
FILES |= {f"{number:04}_step.sql": f"create table t{number} (id integer);\ninsert into ran values ({number}, 0);" for number in (2, 3, 5, 6)}
FILES["0004_steps.sql"] = ("-- pg-entrypoint: no-transaction\ninsert into ran values (4, 1);\n"
                           "create index concurrently ran_idx on ran (file);\ninsert into ran values (4, 2);")
RIGHT = [(1, 0, 1), (2, 0, 1), (3, 0, 1), (4, 1, 1), (4, 2, 1), (5, 0, 1), (6, 0, 1)]


class Weather:
    """Faults for one run: up to four cuts, one of them around a COMMIT, and pauses of up to 100 ms at one request of five. Six
    lost connections are what a run gives up at, so there are fewer."""

    def __init__(self, proxy, dice, requests):
        self.dice, self.cuts = dice, dice.randint(1, 4)
        proxy.at("COMMIT", Link.cut, when=self.moment(), nth=dice.randint(1, 4))
        for _ in range(self.cuts - 1):
            proxy.at("", Link.cut, when=self.moment(), nth=dice.randrange(4, requests))
        proxy.at("", self.pause, when=self.moment(), nth=None)

    def moment(self):
        return self.dice.choice(["before", "sent", "answered"])

    def pause(self, link):
        if self.dice.random() < 0.2:
            time.sleep(self.dice.uniform(0, 0.1))
        link.release()


def left(database):
    ran = "select file, step, count(*) from ran group by file, step order by file, step"
    valid = "select indisvalid from pg_index where indexrelid = 'ran_idx'::regclass"
    order = f"select array_agg(version::integer order by applied_order) from {HISTORY} where state = 'applied'"
    return [tuple(row) for row in database.rows(ran)], database.value(valid), database.value(order), database.lock_is_free()


def test_rounds_of_random_faults_end_right(start, database, migrations):
    migrations(FILES)
    struck = lost = 0
    with FaultProxy((database.host, database.port)) as proxy:
        assert start("--", "echo", "started", via=proxy).finish().out == "started\n"
        requests = len(proxy.statements)
    for number in range(ROUNDS):
        database.empty()
        with FaultProxy((database.host, database.port)) as proxy:
            weather = Weather(proxy, random.Random(f"{SEED}-{number}"), requests)
            done = start("--", "echo", "started", via=proxy).finish(60)
            where = f"PGE_SEED={SEED}, round {number}, {weather.cuts} cuts\n{done.err}"
            assert (done.code, done.out) == (0, "started\n"), where
            assert left(database) == (RIGHT, True, [1, 2, 3, 4, 5, 6], True), where
        struck += weather.cuts
        lost += done.err.count("reconnecting")
    print(f"PGE_SEED={SEED}: {ROUNDS} rounds, {struck} cuts, {lost} reconnections, all ended right")
    assert lost > 0
