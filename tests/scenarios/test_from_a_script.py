"""The recipes of docs/recipes/from-a-script.md, as they stand there."""

import os
import re

import pytest

from conftest import BINARY, ROOT
from recipes import instructions
from standins import StandIns

PAGE = "from-a-script.md"
RECIPES = instructions(PAGE)
needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
ONE = {"0001_one.sql": "create table one (id integer);"}


@pytest.fixture
def programs(folder):
    """`node` is a stand-in; `pg-entrypoint` is the binary, for the words of the page."""
    programs = StandIns(folder)
    programs.add("node")
    (folder / "bin" / "pg-entrypoint").symlink_to(BINARY)
    return programs


@pytest.fixture
def recipe(entrypoint, database, folder, programs):
    """Runs a recipe: what `node server.js` says is the output. replaced: words of the page that a test has no time for."""

    def run(title, env=None, replaced=()):
        words, variables = RECIPES[title].entrypoint + RECIPES[title].cmd, RECIPES[title].env
        for old, new in replaced:
            assert any(old in text for text in [*words, *variables.values()])
            words = [word.replace(old, new) for word in words]
            variables = {name: value.replace(old, new) for name, value in variables.items()}
        place = words.index("pg-entrypoint")
        environment = programs.environment | {"READS": "DATABASE_URL", "SERVES": "node server.js"} | variables | (env or {})
        return entrypoint(*words[place + 1:], within=words[:place], cwd=folder, env=environment)

    return run


@pytest.fixture
def files(folder):
    def write(directory, files):
        (folder / directory).mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / directory / name).write_text(text)

    return write


MIGRATED = {"0001_one.sql": "create table migrated (id integer); grant select on migrated to public;"}


def test_every_recipe_of_the_page_is_run():
    assert set(RECIPES) == {"A step before the server", "A seed on demand", "A variable in the server's line", "umask and ulimit", "umask of the migrator, too", "A second PostgreSQL",
                            "Time limit", "PUID and PGID", "Left to a shell"}


def test_a_step_runs_after_the_migration_and_before_the_server(recipe, files, programs):
    files("migrations", MIGRATED)
    run = recipe("A step before the server")
    assert run.code == 0 and run.out.startswith("serving as owner\n"), run.err
    assert programs.calls == ["node warm-up.js", "node server.js"]


def test_a_step_that_fails_is_the_containers_exit_code(recipe, files, programs):
    files("migrations", MIGRATED)
    run = recipe("A step before the server", env={"FAILS": "node warm-up.js"})
    assert run.code == 9 and run.out == "" and programs.calls == ["node warm-up.js"]


def test_a_step_does_not_run_when_the_migration_fails(recipe, files, programs):
    files("migrations", {"0001_one.sql": "select nothing_of_that_name;"})
    assert recipe("A step before the server").code == 76 and programs.calls == []


@pytest.mark.parametrize("env, code, calls", [({"SEED": "1"}, 0, ["node seed.js", "node server.js"]), ({}, 0, ["node server.js"]),
                                              ({"SEED": "1", "FAILS": "node seed.js"}, 9, ["node seed.js"])],
                         ids=["asked", "not", "fails"])
def test_a_seed_runs_where_it_is_asked_for(recipe, files, programs, env, code, calls):
    files("migrations", MIGRATED)
    run = recipe("A seed on demand", env=env)
    assert (run.code, programs.calls) == (code, calls), run.err


@pytest.mark.parametrize("env, port", [({"PORT": "80 81"}, "80 81"), ({}, "3000")], ids=["set", "not"])
def test_a_shell_in_cmd_expands_a_variable(recipe, files, programs, env, port):
    files("migrations", MIGRATED)
    run = recipe("A variable in the server's line", env=env | {"SERVES": f"node server.js --port {port}"})
    assert run.code == 0 and programs.calls == [f"node server.js --port {port}"], run.err


@pytest.mark.parametrize("fails, code, calls", [(None, 0, ["10-one", "20-two", "node server.js"]),
                                                ("20-two", 9, ["10-one", "20-two"])], ids=["none", "one"])
def test_hooks_run_in_order_until_one_fails(recipe, files, programs, fails, code, calls):
    files("migrations", MIGRATED)
    programs.add("hooks/10-one", "hooks/20-two")
    run = recipe("Left to a shell", env={"FAILS": fails})
    assert run.code == code and programs.calls == calls, run.err


def test_umask_and_ulimit_are_the_servers(recipe, files, programs):
    files("migrations", MIGRATED)
    (programs.folder / "bin" / "node").write_text("#!/bin/sh\numask\nulimit -n\n")
    run = recipe("umask and ulimit")
    assert (run.code, run.out) == (0, "0027\n512\n"), run.err
    # The twin: what it has otherwise.
    run = recipe("umask and ulimit", replaced=[("umask 027 && ulimit -n 512 && ", "")])
    assert run.out.splitlines()[0] == "0022" and run.out.splitlines()[1] != "512"


def test_a_shell_in_front_gives_its_umask_to_the_migrator(recipe, folder, programs):
    (programs.folder / "bin" / "node").write_text(f"#!/bin/sh\numask >>{folder}/umasks\n")
    assert recipe("umask of the migrator, too").code == 0
    assert (folder / "umasks").read_text() == "0027\n0027\n"


@pytest.fixture
def reports(database, admin):
    """A second database."""
    admin.execute("create database reports owner owner")
    yield database.url_of("owner", name="reports")
    admin.execute("drop database reports with (force)")


def test_two_databases_are_migrated_and_the_server_has_only_its_own_urls(recipe, files, programs, database, reports):
    files("migrations/app", MIGRATED)
    files("migrations/reports", ONE)
    run = recipe("A second PostgreSQL", env={"REPORTS_MIGRATE_URL": reports, "REPORTS_URL": reports})
    assert run.code == 0 and run.out.startswith("serving as owner\n"), run.err
    assert programs.variables["REPORTS_URL"] == reports and programs.variables["DATABASE_URL"] == database.url
    assert "REPORTS_MIGRATE_URL" not in programs.variables
    assert database.applied() == ["1"] and not database.exists("one")


@pytest.mark.parametrize("broken", ["migrations/app", "migrations/reports"])
def test_a_failure_in_either_keeps_the_server_down(recipe, files, reports, programs, broken):
    files("migrations/app", MIGRATED)
    files("migrations/reports", ONE)
    files(broken, {"0001_one.sql": "select nothing_of_that_name;"})
    run = recipe("A second PostgreSQL", env={"REPORTS_MIGRATE_URL": reports})
    assert run.code == 76 and run.out == "" and programs.calls == []


def test_a_migrator_ends_at_its_time_limit(recipe, programs):
    (programs.folder / "bin" / "node").write_text("#!/bin/sh\necho started >>$CALLS\nexec sleep 30\n")
    run = recipe("Time limit", replaced=[("timeout 300", "timeout 0.3")])
    assert run.code == 76 and run.seconds < 5 and "status 124" in run.err, run.err
    assert programs.calls == ["started"]


def test_a_migrator_within_its_time_limit_is_followed_by_the_server(recipe, programs):
    """The twin."""
    run = recipe("Time limit")
    assert run.code == 0 and run.out.startswith("serving as owner\n"), run.err
    assert programs.calls == ["node migrate.js", "node server.js"]


@needs_root
@pytest.mark.parametrize("numbers, wanted", [({"PUID": "12345", "PGID": "54321"}, "12345:54321"), ({}, "1000:1000")])
def test_the_application_runs_as_the_numbers_that_it_is_told(recipe, files, folder, programs, numbers, wanted):
    files("migrations", MIGRATED)
    (folder / "data").mkdir()
    run = recipe("PUID and PGID", env=numbers)
    assert run.code == 0 and f"uid {wanted.partition(':')[0]} " in run.out, run.err
    assert f"{(folder / 'data').stat().st_uid}:{(folder / 'data').stat().st_gid}" == wanted
    assert programs.variables["READS"] and "PG_ENTRYPOINT_USER" not in programs.variables


def statements():
    """The page's SQL, for the role `reader` in place of `app`: for what is created later, and for what exists."""
    page = (ROOT / "docs/recipes" / PAGE).read_text()
    blocks = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == 2
    return [re.sub(r"\bapp\b", "reader", block) for block in blocks]


OWNED = {"0002_two.sql": "create table two (id serial); insert into two values (default);"}
# What an application does: it reads, and it writes with a sequence.
USES = ["--", "sh", "-c", 'psql -qtAX -v ON_ERROR_STOP=1 "$DATABASE_URL" -c "insert into two values (default) returning id"']


@pytest.mark.parametrize("first, code", [(statements()[0], 0), ("select 1;", 1)], ids=["with", "without"])
def test_the_applications_role_may_use_what_the_owner_creates_later(entrypoint, database, first, code):
    urls = {"DATABASE_URL": database.url_of("reader"), "MIGRATE_DATABASE_URL": database.url}
    try:
        run = entrypoint(*USES, env=urls, migrations={"0001_one.sql": first} | OWNED)
        assert (run.code, run.out) == (code, "2\n" if code == 0 else ""), run.err
        assert ("permission denied for table two" in run.err) == (code == 1)
    finally:
        database.rows("drop owned by reader cascade")


def test_for_tables_that_exist_there_is_the_other_grant(entrypoint, database):
    urls = {"DATABASE_URL": database.url_of("reader"), "MIGRATE_DATABASE_URL": database.url}
    run = entrypoint(*USES, env=urls, migrations=OWNED | {"0003_three.sql": statements()[1]})
    assert (run.code, run.out) == (0, "2\n"), run.err
