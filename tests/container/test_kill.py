"""The whole container is killed in a migration: the server frees the lock, the next container goes on."""

import time

from engine import APP_IMAGE, docker, until, url

NO_TRANSACTION = "-- pg-entrypoint: no-transaction\n"
# A statement takes a minute while its name is in the table `slow`; also as the build of an index.
FIRST = """create table work (step text);
insert into work values ('first');
create table slow as select unnest(array['transaction', 'steps', 'c']) as step;
create function pass(text) returns text immutable language plpgsql as
  $$ begin perform pg_sleep(60) from public.slow where step = $1; return $1; end $$;
"""
FILES = {
    "0001_first.sql": FIRST,
    "0002_transaction.sql": "insert into work values ('a');\nselect pass('transaction');\ninsert into work values ('b');\n",
    "0003_steps.sql": NO_TRANSACTION + "insert into work values ('c');\nselect pass('steps');\n",
    "0004_index.sql": NO_TRANSACTION + "create index concurrently work_idx on work (pass(step));\n",
}
# Where it is killed; what is there then.
KILLS = [("transaction", "select pass('transaction')", "select string_agg(step, ' ') = 'first' from work"),
         ("steps", "select pass('steps')", "select string_agg(step, ' ') = 'first a b c' from work"),
         ("c", "create index", "select not indisvalid from pg_index where indexrelid = 'work_idx'::regclass")]


def test_a_killed_container_is_followed_by_one_that_goes_on(world):
    world.database()
    world.await_database()
    folder = world.migrations(FILES)

    def start(name):
        return world.run(APP_IMAGE, "--dir", "/m", "--", "sleep", "300", name=name,
                         options=("-v", f"{folder}:/m:ro", "--entrypoint", "pg-entrypoint"),
                         environment={"DATABASE_URL": url()})

    for step, statement, left in KILLS:
        container = start(step)
        until(lambda: world.sql("select query from pg_stat_activity where application_name like 'pg-entrypoint/%' and "
                                "state = 'active'").startswith(statement), 30, statement)
        docker("kill", container.name)
        began = time.monotonic()
        until(lambda: world.sql("select count(*) from pg_locks where locktype = 'advisory'") == "0", 5, "a free lock")
        assert time.monotonic() - began < 2.5  # the time of a look included
        assert container.state("{{.State.ExitCode}}") == "137" and "application started" not in container.logs()
        assert world.sql(left) == "t"
        world.sql(f"delete from slow where step = '{step}'")
    start("last").await_log("application started")
    assert world.sql("select string_agg(step, ' ') from work") == "first a b c"
    assert world.sql("select indisvalid from pg_index where indexrelid = 'work_idx'::regclass") == "t"
    assert world.sql("select string_agg(version || state, ' ' order by version) from pgentrypoint.history") == (
        "1applied 2applied 3applied 4applied")
