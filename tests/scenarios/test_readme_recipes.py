"""The three recipes of the README and Alembic's whole Dockerfile, as they stand there; uvicorn and node are stand-ins, Alembic is real."""

import os

import pytest

from alembic_project import AlembicProject
from recipes import instructions
from standins import StandIns

RECIPES = instructions("./README.md")
DOCKERFILES = RECIPES | instructions("alembic.md")
MIGRATED = "create table migrated (id integer); grant select on migrated to public;"
SERVER = "uvicorn app:app --host 0.0.0.0 --port 8000"

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="only root can become the user of the recipes")


@pytest.fixture
def programs(folder):
    programs = StandIns(folder)
    programs.add("uvicorn", "node")
    return programs


@pytest.fixture
def words(folder):
    """The words of a recipe; its user is one of this image."""

    def of(title):
        recipe = DOCKERFILES[title]
        assert recipe.entrypoint[0] == "pg-entrypoint" and recipe.cmd
        return ["nobody" if word == "appuser" else word for word in [*recipe.entrypoint[1:], *recipe.cmd]]

    return of


@pytest.fixture
def recipe(entrypoint, folder, programs, words):
    def run(title, env=None):
        environment = programs.environment | {"READS": "DATABASE_URL", "SERVES": " ".join(DOCKERFILES[title].cmd),
                                              "PYTHONDONTWRITEBYTECODE": "1"} | DOCKERFILES[title].env | (env or {})
        return entrypoint(*words(title), cwd=folder, env=environment)

    return run


def test_these_are_the_three():
    assert list(RECIPES) == ["SQL files", "Alembic", "A plain init"]
    assert RECIPES["Alembic"].cmd == RECIPES["SQL files"].cmd == SERVER.split()


@pytest.mark.parametrize("sql, code, calls", [(MIGRATED, 0, [SERVER]), ("select nothing_of_that_name;", 76, [])], ids=["sound", "broken"])
def test_files_are_applied_before_the_server_starts(recipe, folder, programs, sql, code, calls):
    (folder / "migrations").mkdir()
    (folder / "migrations/0001_create_votes.sql").write_text(sql)
    run = recipe("SQL files")
    assert (run.code, programs.calls) == (code, calls), run.err
    assert ("serving as owner" in run.out and "uid 65534" in run.out) == (code == 0)


@pytest.mark.parametrize("title", ["Alembic", "The Dockerfile"])
@pytest.mark.parametrize("statement, code", [(MIGRATED, 0), ("select nothing_of_that_name;", 76)], ids=["sound", "broken"])
def test_alembic_is_run_before_the_server_starts(recipe, folder, programs, title, statement, code):
    AlembicProject(folder).revision("a1", None, f"op.execute('{statement}')")
    run = recipe(title)
    assert (run.code, programs.calls) == (code, [] if code else [" ".join(DOCKERFILES[title].cmd)]), run.err
    assert ("serving as owner" in run.out and "uid 65534" in run.out) == (code == 0)


def test_a_plain_init_needs_no_database_and_passes_on_what_it_is_told(start, folder, programs, words):
    (folder / "bin/node").write_text("#!/bin/sh\ntrap 'exit 7' TERM\necho uid $(id -u), child of $PPID\nwhile :; do sleep 0.05; done\n")
    run = start(*words("A plain init"), cwd=folder, env=programs.environment | {"DATABASE_URL": None}, init=True)
    run.wait_for("child of")
    done = run.signal().finish()
    assert (done.code, done.out) == (7, "uid 65534, child of 1\n"), done.err


def test_without_the_option_it_asks_for_a_database(entrypoint, folder, programs, words):
    """The twin."""
    others = [word for word in words("A plain init") if word != "--no-database"]
    assert entrypoint(*others, cwd=folder, env=programs.environment | {"DATABASE_URL": None}).code in (66, 78)
