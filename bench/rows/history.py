"""A long history: what its rows cost a start and a migration."""

import shutil

import psycopg

from harness import world
from harness.files import at_head, write_real
from harness.measure import interleaved, milliseconds
from harness.results import OURS, Group, Row

ROWS, FILES = 10_000, 10

GROUP = Group(
    "history", f"A history of {ROWS:,} rows",
    f"An image with {FILES} files starts on a database that is ahead of it by all other rows (a release that was rolled back), "
    f"and on one with {FILES} rows. And one more file is applied to {ROWS:,}, by `migrate`.",
    charts=[("bars", "history", f"A history of {ROWS:,} rows", ("ahead", "one-more"))])


@GROUP.row("ahead")
def _(session):
    few, many = at_head(session, FILES), at_head(session, ROWS)
    start = [world.BINARY, "--", world.APPLICATION]
    taken = interleaved({
        OURS: lambda: milliseconds(start, world.ours(many.url, few.files)),
        f"with {FILES} rows": lambda: milliseconds(start, world.ours(few.url, few.files)),
        "floor": lambda: milliseconds([world.client("start-floor"), world.APPLICATION], world.environment(many.url)),
    }, session.rounds(31))
    return Row(f"start with {FILES} files", taken)


def one_more(session):
    """The directory of all files and a further one, and what takes that one back."""
    directory = session.directory("one-more")
    write_real(directory, ROWS + 1)
    last = max(directory.iterdir())
    version = last.stem.split("_")[0]

    def undo():
        with psycopg.connect(at_head(session, ROWS).url, autocommit=True) as connection:
            connection.execute(f"drop table if exists t{ROWS + 1}")
            connection.execute("delete from pgentrypoint.history where version = %s", (version,))
            connection.execute("delete from schema_migrations where version = %s", (version,))

    return directory, last, undo


@GROUP.row("one-more")
def _(session):
    place = at_head(session, ROWS)
    directory, last, undo = one_more(session)
    alone = session.directory("last")
    shutil.copy(last, alone)
    found = {
        OURS: lambda: milliseconds([world.BINARY, "migrate"], world.ours(place.url, directory)),
        "psql, that file": lambda: milliseconds(["psql", "-qX1", "-f", alone / last.name, place.url], world.environment(place.url)),
    }
    if world.DBMATE:
        found["dbmate"] = lambda: milliseconds([world.DBMATE, "--no-dump-schema", "--migrations-dir", directory, "up"],
                                               world.environment(place.url + "?sslmode=disable"))
    return Row("one more file is applied", interleaved(found, session.rounds(21), before=undo), reference=OURS)
