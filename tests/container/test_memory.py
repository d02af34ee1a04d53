"""Large files in a small container: applied, or refused before anything runs; never killed half way."""

import os
import re
import time

import pytest
from engine import ENTRYPOINT_IMAGE, PASSWORD, World, url

# Of statements; scripts/soak memory has 200.
MEGABYTES = int(os.environ.get("PGE_MEGABYTES", "20"))
TABLE = "create table large (text text);\n"
COPY = (TABLE + "copy large from stdin;\n", f"{'x' * 999}\n", "\\.\n")
INSERTS = (TABLE, f"insert into large values {','.join(['($$' + 'x' * 92 + '$$)'] * 10)};\n", "")
ONE_INSERT = (TABLE + "insert into large values\n", f"('{'x' * 993}'),\n", "('');\n")
SMALL_INSERTS = (TABLE, "insert into large values ('one row, as pg_dump');\n", "")


@pytest.fixture(scope="module")
def world():
    made = World()
    try:
        made.database()
        made.await_database()
        yield made
    finally:
        made.close()
    assert not [output for output in made.outputs if PASSWORD in output]


@pytest.fixture
def migrate(world):
    """Runs the published image in a container that may use so much memory, swap included, on a file of about so many MB."""
    world.sql("drop schema if exists pgentrypoint, public cascade; create schema public")

    def run(parts, megabytes, *command, memory="64m"):
        beginning, piece, end = parts
        folder = world.migrations({"1_a.sql": "create table a (id int);"})
        with (world.directory / folder.rsplit("/", 1)[1] / "2_large.sql").open("w") as file:
            file.write(beginning)
            for _ in range(megabytes):
                file.write(piece * (1_000_000 // len(piece)))
            file.write(end)
        began = time.monotonic()
        job = world.run(ENTRYPOINT_IMAGE, *(command or ("migrate",)), environment={"DATABASE_URL": url()},
                        options=("--memory", memory, "--memory-swap", memory, "-v", f"{folder}:/migrations:ro"))
        code = job.exit_code(120)
        print(f"{megabytes} MB in {memory}: exit {code} after {time.monotonic() - began:.1f} s")
        assert job.state("{{.State.OOMKilled}}") == "false" and "killed by signal" not in job.logs()
        return code, job.logs()

    return run


MILLIONS_OF_ROWS = (TABLE, "select repeat('x', 100) from generate_series(1, 2000000);\n", "")


def test_the_rows_of_a_query_take_no_memory(migrate, world):
    """As `select backfill(id) from votes` gives one for each."""
    beginning, piece, end = MILLIONS_OF_ROWS
    code, logs = migrate((beginning + piece, "select 1;\n", end), 1)
    assert code == 0, logs


def test_copy_data_is_applied(migrate, world):
    code, logs = migrate(COPY, 200)
    assert code == 0, logs
    assert world.sql("select count(*) from large") == "200000"


def test_statements_are_applied(migrate, world):
    code, logs = migrate(INSERTS, MEGABYTES)
    assert code == 0, logs
    assert world.sql("select count(*) from large") == str(10 * MEGABYTES * (1_000_000 // len(INSERTS[1])))


@pytest.mark.parametrize("memory, code", [("64m", 3), ("8m", 65)])
def test_small_statements_are_read_or_refused(migrate, memory, code):
    """1.2 million of them take 9 MiB."""
    ended, logs = migrate(SMALL_INSERTS, max(MEGABYTES, 60) if code == 3 else 60, "check", memory=memory)
    assert ended == code, logs
    assert ("pending 2_large" if code == 3 else "the statements of this file take more memory than this container has") in logs


def test_one_statement_that_is_too_long_is_refused_before_anything_runs_and_applied_where_the_hint_says(migrate, world):
    code, logs = migrate(ONE_INSERT, MEGABYTES)
    assert code == 65 and "COPY … FROM stdin" in logs
    assert re.search(r"a statement of \d+ MB: sending it takes more memory than this container has at=migrations/2_large.sql:2:1 ", logs)
    assert world.sql("select to_regclass('a') is null and to_regclass('pgentrypoint.history') is null") == "t"
    enough = re.search(r"raise the container's memory limit to (\d+) MiB", logs).group(1)
    code, logs = migrate(ONE_INSERT, MEGABYTES, memory=f"{enough}m")
    assert code == 0, logs
    assert world.sql("select count(*) from large") == str(MEGABYTES * (1_000_000 // len(ONE_INSERT[1])) + 1)
