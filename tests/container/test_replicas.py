"""Replicas that start together: one migrates, nobody waits for nothing, all serve."""

import os
import time

from engine import APP_IMAGE, DATABASE, USER, url

ROUNDS = int(os.environ.get("PGE_ROUNDS", "2"))
REPLICAS = 5


def twenty_migrations() -> dict[str, str]:
    """Tables, data, and one index built concurrently on a table that the others write to."""
    files = {}
    for number in range(1, 21):
        name = f"{number:04}_step.sql"
        if number == 10:
            files[name] = ("-- pg-entrypoint: no-transaction\n"
                           "create index concurrently t1_n on t1 (n);\n")
        else:
            files[name] = (f"create table t{number} (n int primary key, log text);\n"
                           f"insert into t{number} select g, 'x' from generate_series(1, 1000) g;\n"
                           f"create table if not exists ran (version int);\n"
                           f"insert into ran values ({number});\n")
    return files


def test_five_replicas_on_an_empty_database_apply_each_migration_once_and_all_serve(world):
    world.database()
    world.await_database()
    folder = world.migrations(twenty_migrations())
    for round_number in range(ROUNDS):
        world.sql("drop schema if exists pgentrypoint, public cascade")
        world.sql("create schema public")
        began = time.monotonic()
        replicas = [
            world.run(APP_IMAGE, "--dir", "/m", "--", "sleep", "300", name=f"r{round_number}-{i}",
                      options=("-v", f"{folder}:/m:ro", "--entrypoint", "pg-entrypoint"),
                      environment={"DATABASE_URL": url()})
            for i in range(REPLICAS)
        ]
        for replica in replicas:
            replica.await_log("application started", 60)
        took = time.monotonic() - began
        assert took < 60
        print(f"round {round_number + 1}: five replicas serve after {took:.1f} s")
        applied = sum(replica.logs().count("migration applied") for replica in replicas)
        assert applied == 20
        assert world.sql("select count(*), count(distinct version) from ran") == "19|19"
        assert world.sql("select count(*) from pgentrypoint.history where state = 'applied'") == "20"
        assert world.sql("select indisvalid from pg_index where indexrelid = 't1_n'::regclass") == "t"
        assert world.sql("select count(*) from pg_locks where locktype = 'advisory'") == "0"
        for replica in replicas:
            assert replica.running()
            replica.stop()
            assert replica.state("{{.State.ExitCode}}") == "143"
    assert (USER, DATABASE) == ("vote", "votes")
