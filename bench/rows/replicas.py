"""Many replicas that start at once."""

from harness import world
from harness.files import at_head, write_simple
from harness.measure import interleaved, milliseconds, printed
from harness.results import OURS, Group, Row

COUNTS = (1, 10, 50, 200)
PENDING = 20
FILES = 10
DATABASE = "replicas"

GROUP = Group(
    "replicas", "Replicas that start at once",
    "So many processes wait at a pipe and start when it is closed; what is measured is until the last application has ended. "
    "The floor with nothing pending is the same number of the clients that are the floor of a start; with "
    f"{PENDING} files pending it is the client that applies them, and after it those.",
    counted="replicas",
    charts=[("lines", "replicas", "Replicas at once, nothing pending", {str(count): count for count in COUNTS}),
            ("lines", "replicas-pending", f"Replicas at once, {PENDING} files pending", {f"{count}-pending": count for count in COUNTS})],
    connections=300)


def at_once(count, command, environment):
    return printed([world.client("at-once"), count, *command], environment)


def idle(session, count):
    place = at_head(session, FILES)
    ours, plain = world.ours(place.url, place.files), world.environment(place.url)
    return Row(f"{count} at once, nothing pending", interleaved({
        OURS: lambda: at_once(count, [world.BINARY, "--", world.APPLICATION], ours),
        "floor": lambda: at_once(count, [world.client("start-floor"), world.APPLICATION], plain),
    }, session.rounds(21)))


def pending(session, count):
    directory = session.once("directory", lambda: session.directory("pending"))
    session.once("files", lambda: write_simple(directory, PENDING))
    url = world.url_of(DATABASE)
    ours, plain = world.ours(url, directory), world.environment(url)
    return Row(f"{count} at once, {PENDING} pending", interleaved({
        OURS: lambda: at_once(count, [world.BINARY, "--", world.APPLICATION], ours),
        "floor": lambda: milliseconds([world.client("apply-floor"), url, directory], plain)
        + at_once(count, [world.client("start-floor"), world.APPLICATION], plain),
    }, session.rounds(9), before=lambda: world.new_database(DATABASE)))


def add(count):
    @GROUP.row(str(count))
    def _(session):
        row = idle(session, count)
        return row.at_most(1.3, "floor") if count == max(COUNTS) else row


def add_pending(count):
    @GROUP.row(f"{count}-pending")
    def _(session):
        return pending(session, count)


for number in COUNTS:
    add(number)
for number in COUNTS:
    add_pending(number)
