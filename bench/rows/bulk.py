"""Large files of COPY data, in a container of 32 MiB."""

import os
import shutil

from harness import world
from harness.measure import interleaved
from harness.results import OURS, Group, Row
from harness.small import BENCH, Small

MEGABYTES = 32
DATABASE = "bulk"
HEAD = "create table large (id bigint, text text);\ncopy large from stdin;\n"

GROUP = Group(
    "bulk", "Large files",
    f"One file with a table and COPY data for it, from within a container of {MEGABYTES} MiB without swap (`docker run "
    "--memory`); the server is outside. psql reads the same file, with `-1`. Memory is the largest RssAnon of any process "
    "of ours, looked at each 5 ms in a run of its own, in which the file was not in the page cache.",
    charts=[("bars", "bulk", "Large files of COPY data", ("rows", "large"))])


def write_copy(directory, rows, text):
    """How many bytes the file has."""
    directory.mkdir(parents=True)
    path = directory / "1_large.sql"
    with path.open("w") as file:
        file.write(HEAD)
        for first in range(0, rows, 10_000):
            file.write("".join(f"{number}\t{text}\n" for number in range(first, min(first + 10_000, rows))))
        file.write("\\.\n")
        file.flush()
        os.fsync(file.fileno())
    return path.stat().st_size


def from_disk(path, measure):
    """Once, with the file out of the page cache: its pages count for the container that reads them."""
    world.new_database(DATABASE)
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return measure()


def bulk(session, name, rows, text):
    directory = BENCH / "bulk" / name
    shutil.rmtree(directory, ignore_errors=True)
    url = world.url_of(DATABASE)
    variables = {"DATABASE_URL": url, "PG_ENTRYPOINT_QUIET": "true", "PG_ENTRYPOINT_DIR": directory}
    try:
        size = write_copy(directory, rows, text)
        with Small(MEGABYTES) as small:
            ours, file = [world.BINARY, "migrate"], directory / "1_large.sql"
            psql = ["psql", "-qX1", "-v", "ON_ERROR_STOP=1", "-f", file, url]
            taken = interleaved({OURS: lambda: small.peak(0, ours, **variables)[0], "psql": lambda: small.peak(0, psql)[0]},
                                session.rounds(9), before=lambda: world.new_database(DATABASE))
            cold, memory = from_disk(file, lambda: small.peak(5, ours, **variables))
            psql_cold, _ = from_disk(file, lambda: small.peak(5, psql))
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    row = Row(f"{rows:,} rows, {size / 1e6:,.0f} MB", taken, reference="psql")
    row.fact(f"{row.title}: with the file read from disk {cold:,.0f} ms (psql {psql_cold:,.0f}), and at most {memory:,} kB of RssAnon.")
    return row.at_most(1.1, "psql").limit("RssAnon", memory, 16_000, "kB")


@GROUP.row("rows")
def _(session):
    return bulk(session, "rows", 1_000_000, "a short text")


@GROUP.row("large")
def _(session):
    return bulk(session, "large", 200_000, "x" * 992)
