"""What an image is told about a database that others have changed meanwhile: the shortest sequences that went wrong
once, each with its twin; and what a run must have reached."""

import json

import pytest

from alembic_project import AlembicProject
from conftest import PASSWORD

UPGRADE = ["--migrator", "alembic upgrade head"]


class Image:
    """An image with these revisions of a project; `files` are name: parent."""

    def __init__(self, folder, files, entrypoint, database, target="head"):
        folder.mkdir()
        self.project = AlembicProject(folder)
        for name, down in files.items():
            self.project.table(name, down)
        self.entrypoint, self.database, self.folder = entrypoint, database, folder
        self.options = ["--migrator", f"alembic upgrade {target}"]

    def start(self, *options, code=0):
        done = self.entrypoint(*self.options, *options, "--", "echo", "started", cwd=self.folder)
        assert done.code == code and (done.out == "started\n") == (code == 0), done.err
        return done.err

    def job(self, words):
        """`words`: of Alembic, in a container of this image."""
        done = self.entrypoint("migrate", "--migrator", "alembic " + words, cwd=self.folder)
        assert done.code == 0 and "migrator started" in done.err, done.err
        return done.err

    def by_hand(self, *words):
        self.project.alembic(*words, url=self.database.url)

    def check(self):
        """What `check`, `status` and --migrate=check say; they must agree."""
        check = self.entrypoint("check", *self.options, cwd=self.folder)
        status = json.loads(self.entrypoint("status", "--json", *self.options, cwd=self.folder).out)["judgement"]
        start = self.entrypoint(*self.options, "--migrate", "check", "--", "true", cwd=self.folder)
        assert (check.code, start.code) == {"up_to_date": (0, 0), "ahead": (0, 0)}.get(status, (3, 75)), status
        assert (status == "ahead") == ("ahead of this image" in check.err) == ("ahead of this image" in start.err)
        return status


@pytest.fixture
def image(tmp_path, entrypoint, database):
    """image("v2", a1=None, b2="a1")"""
    return lambda name, target="head", **files: Image(tmp_path / name, files, entrypoint, database, target)


@pytest.fixture
def v1(image):
    return image("v1", r1=None)


@pytest.fixture
def v2(image):
    return image("v2", r1=None, r2="r1")


@pytest.fixture
def v3(image):
    return image("v3", r1=None, r2="r1", r3="r2")


def test_taken_back_by_hand_is_not_ahead(v2, v3, database):
    assert "Running upgrade r2 -> r3" in v3.start()
    v3.by_hand("downgrade", "r2")
    assert v2.check() == "up_to_date"
    assert "nothing to do" in v2.start()
    assert v3.check() == "pending"
    assert "Running upgrade r2 -> r3" in v3.start()
    assert database.exists("r3")
    # The twin: what is really ahead.
    assert v2.check() == "ahead"
    assert "ahead of this image" in v2.start()


def test_taken_back_by_a_job_is_not_ahead(v1, v2, database):
    v1.start()
    assert "Running downgrade r1" in v2.job("downgrade base")
    assert v1.check() == "pending"
    assert "Running upgrade  -> r1" in v1.start()
    assert database.exists("r1")
    assert "nothing to do" in v1.start()
    # A job always runs, and leaves no record.
    v2.job("upgrade +1")
    v2.job("downgrade r1")
    v2.job("downgrade r1")
    assert database.rows("select state_left from pgentrypoint.facts") == [("r1",)]


def test_a_job_that_brings_up_a_newer_revision_proves_nothing(v1, v2, v3):
    v1.start()
    v3.job("upgrade r2")
    assert v1.check() == "unknown"
    assert "the database is at r2, which no file of this image declares" in v1.start(code=76)
    # The image whose head it is finds it there, and says what it rests on.
    assert "nothing to do" in v2.start()
    assert "ahead of this image" in v1.start()


def test_one_branch_is_not_ahead_of_the_other(image, database):
    first = image("first", target="heads", r1=None, a2="r1")
    second = image("second", target="heads", r1=None, b2="r1")
    both = image("both", target="heads", r1=None, a2="r1", b2="r1")
    first.start()
    assert second.check() == "unknown"
    hint = second.start(code=76).splitlines()[-1]
    assert "the database is at a2" in hint and "this image's b2" in hint
    assert not database.exists("b2")
    # The twin: an image that has both.
    both.start()
    assert first.check() == second.check() == "up_to_date"


def test_a_hotfix_beside_the_newest_revision_is_not_behind_it(image, v1, v2, database):
    v1.start()
    v2.start()
    hotfix = image("hotfix", r1=None, r2h="r1")
    assert hotfix.check() == "unknown"
    assert "Can't locate revision" in hotfix.start(code=76)
    assert not database.exists("r2h")
    v2.by_hand("downgrade", "r1")
    hotfix.start()
    assert database.exists("r2h")


def test_a_dependency_between_branches_is_no_missing_head(image):
    lines = image("lines", target="heads", core=None)
    lines.project.table("addon", None, depends_on="core")
    assert lines.check() == "pending"
    lines.start()
    assert lines.database.rows("select version_num from alembic_version") == [("addon",)]
    assert lines.check() == "up_to_date" and "nothing to do" in lines.start()


def test_another_application_in_the_same_history_judges_nothing(image, entrypoint, database):
    ours, theirs = image("ours", r1=None), image("theirs", r1=None, r2="r1")
    theirs.project.configure(configure=", version_table='their_version'")
    theirs.project.revision("r1")
    theirs.project.revision("r2", "r1")
    theirs.start()
    assert ours.check() == "pending"
    ours.start()
    assert database.exists("r1") and ours.check() == theirs.check() == "up_to_date"
    # The same state text in both.
    database.execute("update alembic_version set version_num = 'r2'")
    assert ours.check() == "unknown"


def test_a_role_that_may_not_write_starts_without_a_record(v1, database, entrypoint):
    v1.by_hand("upgrade", "head")
    database.execute("grant select on alembic_version to reader")
    read_only = {"DATABASE_URL": database.url_of("reader")}
    done = entrypoint(*UPGRADE, "--", "echo", "started", cwd=v1.folder, env=read_only)
    assert (done.code, done.out) == (0, "started\n") and "nothing to do" in done.err, done.err
    assert not database.exists("pgentrypoint.facts")
    # The twin: one that may.
    v1.start()
    assert database.rows("select kind, state_left from pgentrypoint.facts") == [("ancestry", "r1")]


def test_the_tables_of_an_old_dump_are_not_what_the_records_say(v1, v2, database):
    v1.start()
    v2.start()
    database.execute("drop table r2; update alembic_version set version_num = 'r1'")
    assert v2.check() == "pending" and v1.check() == "up_to_date"
    assert "Running upgrade r1 -> r2" in v2.start()


# What a run must have reached.

def test_an_env_py_that_returns_early_is_told(v1, database):
    env = v1.folder / "alembic" / "env.py"
    whole = env.read_text()
    env.write_text(whole.replace("with context.begin_transaction():\n            context.run_migrations()",
                                 "if 'GO' in os.environ:\n            context.run_migrations()"))
    told = v1.start(code=76)
    assert "migrator exited with status 0, but the database has no version table" in told.splitlines()[-1]
    assert "missing: r1" in told and "env.py return early" in told
    assert database.rows("select from pgentrypoint.facts") == []
    assert "migrator started" in v1.start("--migrator-cache", "off")
    # The twin.
    env.write_text(whole)
    assert "Running upgrade" in v1.start()


@pytest.fixture
def elsewhere(admin):
    admin.execute("create database elsewhere owner owner")
    yield "elsewhere"
    admin.execute("drop database elsewhere with (force)")


def test_a_migrator_that_connects_elsewhere_is_told(v1, v2, database, elsewhere):
    v1.start()
    env = v2.folder / "alembic" / "env.py"
    env.write_text(env.read_text().replace('["DATABASE_URL"]', f'["DATABASE_URL"].replace("/{database.name}", "/{elsewhere}")'))
    told = v2.start(code=76)
    assert "the database is at r1; missing: r2" in told and "connect to another database" in told
    assert v2.check() == "pending"


def test_a_version_table_that_may_not_be_read_is_told(v1, database):
    """A driver that ignores PGOPTIONS: Alembic is the login role, and we are not."""
    env = v1.folder / "alembic" / "env.py"
    env.write_text(env.read_text().replace("poolclass=", "connect_args={'options': '-c lock_timeout=0'}, poolclass="))
    database.execute(f"grant create on database {database.name} to other")
    try:
        told = v1.start("--role", "other", code=76)
    finally:
        database.execute(f"revoke create on database {database.name} from other")
    assert "the database cannot be asked for its revision: permission denied" in told and "--migrator-cache=off" in told
    assert database.exists("r1")


# Only Alembic gets Alembic's record.

def test_a_script_around_alembic_is_no_alembic(v1, database, entrypoint):
    script = v1.folder / "migrate.sh"
    script.write_text('#!/bin/sh\nalembic upgrade head && psql -qX "$DATABASE_URL" -f seed.sql\n')
    script.chmod(0o755)
    seed = v1.folder / "seed.sql"
    seed.write_text("create table if not exists seeds (n int); insert into seeds values (1)")
    run = ["--migrator", "./migrate.sh", "--alembic", "alembic.ini"]
    for _ in range(2):
        done = entrypoint(*run, "--", "true", cwd=v1.folder)
        assert done.code == 0 and "migrator started" in done.err, done.err
    assert database.value("select count(*) from seeds") == 2
    assert entrypoint("check", *run, cwd=v1.folder).code == 3
    status = entrypoint("status", *run, cwd=v1.folder).out
    assert "applied  r1" in status and "nothing is proven" in status
    # The twin: with inputs and a state of its own it is judged by facts, and a changed seed runs.
    known = [*run, "--migrator-inputs", "alembic:seed.sql", "--migrator-state", "select version_num from alembic_version"]
    assert "migrator started" in entrypoint(*known, "--", "true", cwd=v1.folder).err
    assert "nothing to do" in entrypoint(*known, "--", "true", cwd=v1.folder).err
    seed.write_text(seed.read_text().replace("(1)", "(2)"))
    assert "migrator started" in entrypoint(*known, "--", "true", cwd=v1.folder).err
    assert database.value("select count(*) from seeds where n = 2") == 1


def test_with_alembic_the_inputs_that_are_named_count_besides_its_revisions(v1, entrypoint):
    (v1.folder / "data.csv").write_text("1")
    named = [*UPGRADE, "--migrator-inputs", "data.csv:env:MODE"]

    def start(mode):
        return entrypoint(*named, "--", "true", cwd=v1.folder, env={"MODE": mode}).err

    assert "migrator started" in start("a")
    assert "nothing to do" in start("a")
    assert "migrator started" in start("b")
    (v1.folder / "data.csv").write_text("2")
    assert "migrator started" in start("b")
    assert "nothing to do" in start("b")


# No revisions.

def test_no_revisions_are_never_up_to_date(v1, v2, database, entrypoint):
    v2.by_hand("upgrade", "head")
    for path in v1.project.versions.glob("*.py"):
        path.rename(v1.folder / path.name)
    for command in (["check"], ["status"], ["check", *UPGRADE], ["status", *UPGRADE]):
        refused = entrypoint(*command, cwd=v1.folder)
        assert refused.code == 65 and refused.out == "", (command, refused.err)
        assert "no revisions were found in" in refused.err and "version_locations" in refused.err
    assert entrypoint(*UPGRADE, "--migrate", "check", "--", "true", cwd=v1.folder).code == 65
    # Where env.py knows them, the migrator brings them; nothing is recorded.
    env = v1.folder / "alembic" / "env.py"
    env.write_text(env.read_text().replace(
        "fileConfig(", f"context.script.version_locations = [{str(v2.project.versions)!r}]\nfileConfig("))
    for _ in range(2):
        assert "migrator started" in v1.start()
    assert not database.exists("pgentrypoint.facts")


# Environment variables and the target are inputs.

KNEX = """\
#!/bin/sh
psql -qX "$DATABASE_URL" -c 'create table if not exists state (id integer)' \\
  -c "create schema if not exists ${TENANT:-none}" -c "create table if not exists ${TENANT:-none}.t (id integer)"
"""


@pytest.fixture
def knex(tmp_path, entrypoint):
    (tmp_path / "knex").write_text(KNEX)
    (tmp_path / "knex").chmod(0o755)

    def run(*options, inputs="knex:env:TENANT", **variables):
        done = entrypoint("--migrator", "./knex", "--migrator-inputs", inputs, "--migrator-state",
                          "select count(*) from state", *options, "--", "true", env=variables)
        assert done.code == 0, done.err
        return "migrator started" in done.err

    return run


def test_a_variable_is_an_input(knex, database):
    assert knex(TENANT="a") and not knex(TENANT="a")
    # The twin: the same change where nobody has named the variable.
    assert knex(TENANT="a", inputs="knex") and not knex(TENANT="b", inputs="knex") and not database.exists("b.t")
    assert knex(TENANT="b") and database.exists("b.t")
    assert not knex(TENANT="a")
    # Not set is a value of its own, and so is empty.
    assert knex() and not knex()
    assert knex(TENANT="")
    assert not knex(TENANT="b")


def test_what_names_no_variable_is_refused(entrypoint, tmp_path):
    refused = entrypoint("--migrator", "true", "--migrator-inputs", "env:db/migrations", "--", "true")
    assert refused.code == 64 and "a folder called env is written ./env" in refused.err
    (tmp_path / "env").mkdir()
    for inputs in ("./env:.", ".:env"):
        assert entrypoint("--migrator", "true", "--migrator-inputs", inputs, "--", "true").code == 0


def test_the_target_is_an_input(knex, database):
    assert knex(TENANT="a") and not knex(TENANT="a")
    database.execute("alter role owner set search_path = public, pg_catalog")
    try:
        assert knex(TENANT="a") and not knex(TENANT="a")
    finally:
        database.execute("alter role owner reset search_path")
    assert not knex(TENANT="a")


def test_the_role_that_counts_is_the_effective_one(knex, database):
    assert knex("--role", "owner", TENANT="a")
    database.execute(f"create role rotated login password '{PASSWORD}' in role owner")
    login = {"TENANT": "a", "DATABASE_URL": database.url_of("rotated")}
    try:
        assert not knex("--role", "owner", **login)
        # The twin: without the role, what is created belongs to somebody else.
        assert knex(**login)
    finally:
        database.execute("reassign owned by rotated to owner; drop owned by rotated; drop role rotated")
