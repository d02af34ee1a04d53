"""A start when nothing is pending: how long until an application that does nothing has ended."""

from harness import world
from harness.far import Far
from harness.files import at_head
from harness.measure import Absent, interleaved, milliseconds, run
from harness.results import OURS, Group, Row
from harness.tls import Tls
from rows.others import sql_migrate, sqitch

GROUP = Group(
    "start", "Start with nothing pending",
    "From the start of the entrypoint to the end of an application that does nothing (`/bin/true`). The floor is a static C "
    "client that does what every supervisor has to do: fork, connect, one query, start the application and wait for it. "
    "dbmate and psql are a script of `… && exec` the application, where psql (without Debian's wrapper) only asks `select 1`. The files have a table, "
    "an index and a down part each. All log in with a password (SCRAM).",
    counted="files",
    charts=[("lines", "start", "Start with nothing pending, by the number of files", {"10": 10, "100": 100, "1000": 1000, "10000": 10000}),
            ("bars", "links", "Start with 10 files, by the way to the server", ("10", "tls", "socket", "far"))])


def candidates(place, url, without_tls=None):
    """dbmate asks for TLS unless it is told not to, and fails without."""
    dbmate_url = url if without_tls is None else without_tls
    found = {
        OURS: lambda: milliseconds([world.BINARY, "--", world.APPLICATION], world.ours(url, place.files)),
        "floor": lambda: milliseconds([world.client("start-floor"), world.APPLICATION], world.environment(url)),
        "psql": lambda: milliseconds(
            ["sh", "-c", f'psql -XAtq "$DATABASE_URL" -c "select 1" && exec {world.APPLICATION}'], world.environment(url)),
    }
    if world.DBMATE:
        found["dbmate"] = lambda: milliseconds(
            ["sh", "-c", f"{world.DBMATE} --no-dump-schema --migrations-dir {place.files} up && exec {world.APPLICATION}"],
            world.environment(dbmate_url))
    return found


def files_row(session, count, rounds):
    place = at_head(session, count)
    taken = interleaved(candidates(place, place.url, place.url + "?sslmode=disable"), session.rounds(rounds))
    return Row(f"{count:,} files, TCP", taken)


@GROUP.row("10")
def _(session):
    return files_row(session, 10, 61).at_most(1.15, "floor").at_most(0.5, "dbmate")


@GROUP.row("100")
def _(session):
    return files_row(session, 100, 61)


@GROUP.row("1000")
def _(session):
    return files_row(session, 1000, 61).at_most(1.7, "floor").at_most(0.65, "dbmate")


@GROUP.row("10000")
def _(session):
    return files_row(session, 10000, 31)


@GROUP.row("tls")
def _(session):
    place = at_head(session, 10)
    with Tls():
        url = place.url + "?sslmode=require"
        return Row("10 files, TLS", interleaved(candidates(place, url), session.rounds(31)))


@GROUP.row("socket")
def _(session):
    place = at_head(session, 10)
    url = world.socket_url(place.database)
    found = candidates(place, url)
    found.pop("dbmate", None)  # its URLs name a socket in another way
    return Row("10 files, Unix socket", interleaved(found, session.rounds(31)))


@GROUP.row("far")
def _(session):
    place, far = at_head(session, 10), Far()
    url = world.url_of(place.database, far.port)
    taken = interleaved(far.counted(candidates(place, url, url + "?sslmode=disable")), session.rounds(15))
    row = Row("10 files, TCP, 20 ms each way", taken).fact(far.fact())
    return row.limit("round trips beside the floor's", far.trips[OURS] - far.trips["floor"], 1, "more")


@GROUP.row("others")
def _(session):
    place = at_head(session, 10)
    found = {name: made for name, made in candidates(place, place.url).items() if name in (OURS, "floor")}
    for make in (sql_migrate, sqitch):
        project = make(session, 10)
        if project is None:
            continue
        database = f"{project.name.replace('-', '_')}_at_head"
        project.apply(database)
        script = f"{project.command} && exec {world.APPLICATION}"
        found[project.name] = lambda project=project, script=script, database=database: milliseconds(
            ["sh", "-c", script], project.environment(database), cwd=project.folder)
    if len(found) == 2:
        raise Absent("neither sql-migrate nor sqitch is installed here")
    return Row("10 files, TCP, beside other tools", interleaved(found, session.rounds(11)))


def bare_loop(place):
    """Nanoseconds for a file in the bare loop of open, fstat, read and close."""
    return int(run([world.client("read-loop"), place.files, 51], world.environment("")))


def growth(session, fewer, more):
    """The cost of one more file, from the medians of two rows of this run."""
    slope = (session.row(str(more)).median(OURS) - session.row(str(fewer)).median(OURS)) / (more - fewer) * 1e6
    return Row(f"one more file, from {fewer:,} to {more:,}", {OURS: [slope], "bare loop": [bare_loop(at_head(session, more))]},
               unit="ns", reference="bare loop").at_most(2, "bare loop")


@GROUP.row("growth-1000")
def _(session):
    return growth(session, 100, 1000)


@GROUP.row("growth-10000")
def _(session):
    row = growth(session, 1000, 10000)
    slopes = sorted([row.median(OURS), session.row("growth-1000").median(OURS)])
    return row.limit("the larger slope to the smaller", slopes[1] / slopes[0] if slopes[0] > 0 else None, 1.3, "×")
