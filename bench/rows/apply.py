"""Applying files to a database that has just been created."""

from harness import world
from harness.far import Far
from harness.files import write_simple
from harness.measure import Absent, interleaved, milliseconds
from harness.results import OURS, Group, Row
from rows.others import sql_migrate, sqitch

DATABASE = "apply"
FAR_FILES = 20
ALL = (OURS, "floor", "psql", "psql -1", "dbmate")

GROUP = Group(
    "apply", "Applying files",
    "`pg-entrypoint migrate` in a database that has just been created, files of two statements (a table and an index). The "
    "floor is a static C client that sends each file as one message, with its transaction and two rows of a history in it: "
    "no lock, no place of an error, no stop. psql gets all files in one call: each statement by itself, or with `-1` all of "
    "them in one transaction.",
    charts=[("bars", "apply", "Applying files", ("10", "100", "1000", "far"))])


def candidates(directory, files, url, without_tls):
    given = [word for name in files for word in ("-f", name)]
    plain = world.environment(url)
    found = {
        OURS: lambda: milliseconds([world.BINARY, "migrate"], world.ours(url, directory)),
        "floor": lambda: milliseconds([world.client("apply-floor"), url, directory], plain),
        "psql": lambda: milliseconds(["psql", "-qX", "-v", "ON_ERROR_STOP=1", *given, url], plain),
        "psql -1": lambda: milliseconds(["psql", "-qX1", "-v", "ON_ERROR_STOP=1", *given, url], plain),
    }
    if world.DBMATE:
        found["dbmate"] = lambda: milliseconds(
            [world.DBMATE, "--migrations-dir", directory, "--no-dump-schema", "up"], world.environment(without_tls))
    return found


def local(session, count, names):
    """Those of these names that are here."""
    directory = session.once(("directory", count), lambda: session.directory(f"apply-{count}"))
    files = session.once(("files", count), lambda: write_simple(directory, count))
    url = world.url_of(DATABASE)
    found = candidates(directory, files, url, url + "?sslmode=disable")
    return {name: found[name] for name in names if name in found}


def empty():
    world.new_database(DATABASE)


def bounded(row):
    return row.at_most(1.10, "floor").at_most(1.05, "psql").at_most(0.95, "dbmate")


@GROUP.row("10")
def _(session):
    return Row("10 files", interleaved(local(session, 10, ALL), session.rounds(21), before=empty))


@GROUP.row("100")
def _(session):
    return bounded(Row("100 files", interleaved(local(session, 100, ALL), session.rounds(31), before=empty)))


@GROUP.row("1000")
def _(session):
    """Minutes of the whole run are spent here."""
    found = local(session, 1000, (OURS, "floor", "psql", "dbmate"))
    return bounded(Row("1,000 files", interleaved(found, session.rounds(21), warm_up=0, before=empty)))


@GROUP.row("far")
def _(session):
    far, directory = Far(), session.directory("apply-far")
    url = world.url_of(DATABASE, far.port)
    found = candidates(directory, write_simple(directory, FAR_FILES), url, url + "?sslmode=disable")
    found = far.counted({name: found[name] for name in (OURS, "floor", "dbmate") if name in found})
    row = Row(f"{FAR_FILES} files, 20 ms each way", interleaved(found, session.rounds(5), warm_up=0, before=empty))
    return row.at_most(1.9, "floor").fact(far.fact())


@GROUP.row("others")
def _(session):
    found = local(session, 100, (OURS, "floor"))
    for make in (sql_migrate, sqitch):
        if project := make(session, 100):
            found[project.name] = lambda project=project: milliseconds(
                ["sh", "-c", project.command], project.environment(DATABASE), cwd=project.folder)
    if len(found) == 2:
        raise Absent("neither sql-migrate nor sqitch is installed here")
    return Row("100 files, beside other tools", interleaved(found, session.rounds(5), warm_up=0, before=empty))
