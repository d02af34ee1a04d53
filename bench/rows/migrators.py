"""Other projects' migrators with nothing to do: started by pg-entrypoint, which does not run them then, and by themselves."""

import os
import pathlib
import shutil

from harness import world
from harness.files import at_head
from harness.measure import Absent, interleaved, milliseconds
from harness.results import OURS, Group, Row

SQL_FILES, ALONE = "10 SQL files", "the migrator itself"

GROUP = Group(
    "migrators", "Another migrator, at head",
    "A start when the project's own migrator has nothing to do: with `--migrator` pg-entrypoint knows that and does not run "
    "it; a script runs it each time (`… && exec` the application).",
    charts=[("bars", "migrators", "A start with another migrator at head", ("alembic", "django", "node-pg-migrate"))])


class Project:
    """options: what pg-entrypoint is told about the migrator."""

    def __init__(self, name, folder, command, options, path):
        self.command, self.folder = command, folder
        self.options = ["--migrator", command, *options]
        self.database = name.replace("-", "_")
        self.environment = world.environment(world.url_of(self.database), PYTHONDONTWRITEBYTECODE="1",
                                             PG_ENTRYPOINT_QUIET="true") | {"PATH": path}
        world.new_database(self.database)

    def ours(self):
        return milliseconds([world.BINARY, *self.options, "--", world.APPLICATION], self.environment, cwd=self.folder)

    def alone(self):
        return milliseconds(["sh", "-c", f"{self.command} && exec {world.APPLICATION}"], self.environment, cwd=self.folder)


def of_recipe(session, name):
    """As tests/scenarios/test_tools.py runs it."""
    from test_tools import PROJECTS, RECIPES, TOOLS
    recipe, folder, path = RECIPES[name], session.folder / name, os.environ["PATH"]
    shutil.copytree(PROJECTS / name, folder)
    if recipe.program is None:
        modules = pathlib.Path(TOOLS) / name / "node_modules"
        if not modules.is_dir() or not world.installed("node"):
            raise Absent(f"{name}: its packages from npm are not here, or there is no node")
        (folder / "node_modules").symlink_to(modules)
    elif not world.installed(recipe.program):
        raise Absent(f"{name}: {recipe.program} is not installed")
    options = ["--migrator-inputs", recipe.inputs, "--migrator-state", recipe.state]
    return Project(name, folder, recipe.command, options, path)


def compared(session, name, project, more=()):
    """The first run of ours migrates and leaves a receipt where it keeps one."""
    project.ours()
    found = {OURS: project.ours, ALONE: project.alone}
    return Row(f"{name}: `{project.command}`", interleaved(found | dict(more), session.rounds(21)), reference=OURS)


@GROUP.row("alembic")
def _(session):
    folder = session.folder / "alembic"
    shutil.copytree(world.ROOT / "examples/projectvote-alembic", folder)
    project = Project("alembic", folder, "alembic upgrade head", [], os.environ["PATH"])
    place = at_head(session, 10)
    files = lambda: milliseconds([world.BINARY, "--", world.APPLICATION], world.ours(place.url, place.files))
    row = compared(session, "alembic", project, {SQL_FILES: files})
    return row.at_most(1.25, SQL_FILES).at_most(1 / 20, ALONE)


@GROUP.row("django")
def _(session):
    return compared(session, "django", of_recipe(session, "django"))


@GROUP.row("node-pg-migrate")
def _(session):
    return compared(session, "node-pg-migrate", of_recipe(session, "node-pg-migrate"))
