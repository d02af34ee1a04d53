"""The projects of docs/recipes/projects.md: each ENTRYPOINT of the page with a stand-in application of the same shape."""

import os
import pathlib
import tempfile
from types import SimpleNamespace

import pytest
from psycopg import sql

from alembic_project import AlembicProject
from conftest import ENCODED, PASSWORD
from recipes import instructions
from servers import free_port
from standins import StandIns

PAGE = instructions("projects.md")


def project(reads, calls, env=None, migrator_reads=None, absent=(), told=(), alembic=False, creates=False, other=None):
    """calls: the programs that run, the server last, which are stand-ins. absent, told: what the server does not get, and gets.

    other: a command of the same image that is not the server. creates: the database is not there yet.
    """
    return SimpleNamespace(reads=reads, calls=calls, env=env or {}, migrator_reads=migrator_reads, absent=absent, told=told,
                           alembic=alembic, creates=creates, other=other)


POSTGRES = ["POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"]
PROJECTS = {
    "FastAPI template": project(
        ["POSTGRES_SERVER", *POSTGRES[1:]],
        ["alembic upgrade head", "python app/initial_data.py", "fastapi run --workers 4 app/main.py"]),
    "cal.com": project(
        ["DATABASE_URL"],
        ["npx prisma migrate deploy --schema packages/prisma/schema.prisma",
         "npx ts-node --transpile-only packages/prisma/seed-app-store.ts",
         "scripts/replace-placeholder.sh http://built http://wanted", "yarn start"],
        env={"BUILT_NEXT_PUBLIC_WEBAPP_URL": "http://built", "NEXT_PUBLIC_WEBAPP_URL": "http://wanted"},
        migrator_reads="DATABASE_DIRECT_URL", absent=["DATABASE_DIRECT_URL"], told=["NEXT_PUBLIC_WEBAPP_URL=http://wanted"]),
    "umami": project(
        ["DATABASE_URL"], ["node_modules/.bin/prisma migrate deploy", "node scripts/update-tracker.js", "node server.js"]),
    "Formbricks": project(
        ["DATABASE_URL"],
        ["npm --prefix packages/database run db:migrate:deploy",
         "npm --prefix packages/database run db:create-saml-database:deploy", "node apps/web/server.js"]),
    "Rallly": project(
        ["DATABASE_URL"], ["prisma migrate deploy --schema=./prisma/schema.prisma", "node apps/web/server.js"],
        env={"NEXT_PUBLIC_BASE_URL": "http://wanted"}, migrator_reads="DIRECT_DATABASE_URL", told=["AUTH_URL=http://wanted"]),
    "Onyx": project(POSTGRES, ["uvicorn onyx.main:app --host 0.0.0.0 --port 8080"], alembic=True),
    "Taiga": project(
        POSTGRES,
        ["python manage.py migrate", "python manage.py loaddata initial_project_templates",
         "gunicorn taiga.wsgi:application --bind 0.0.0.0:8000"], told=["uid 65534"]),
    "Chatwoot": project(
        ["POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_USERNAME", "POSTGRES_PASSWORD", "POSTGRES_DATABASE"],
        ["bundle exec rails db:chatwoot_prepare", "bundle exec rails s -p 3000 -b 0.0.0.0 -P /dev/null"], creates=True,
        other=["bundle", "exec", "rails", "console"]),
    "Documenso": project(
        ["NEXT_PRIVATE_DATABASE_URL"],
        ["npx prisma migrate deploy --schema packages/prisma/schema.prisma", "node build/server/main.js"],
        migrator_reads="NEXT_PRIVATE_DIRECT_DATABASE_URL", absent=["NEXT_PRIVATE_DIRECT_DATABASE_URL", "DATABASE_URL"],
        told=["HOSTNAME=0.0.0.0"]),
    "Maybe": project(
        ["DB_HOST", "DB_PORT", *POSTGRES[2:]], ["./bin/rails db:prepare", "./bin/rails server -b 0.0.0.0"], creates=True,
        other=["./bin/rails", "console"]),
    "cookiecutter-django": project(
        POSTGRES, ["python manage.py migrate --noinput", "gunicorn config.wsgi --bind 0.0.0.0:5000 --chdir=/app"],
        told=[f"DATABASE_URL=postgres://owner:{ENCODED}@"]),
    "NetBox": project(
        ["DB_HOST", "DB_PORT", "DB_USER", "DB_PASSWORD", "DB_NAME"],
        ["./manage.py migrate --no-input", "./manage.py remove_stale_contenttypes --no-input", "/opt/netbox/launch-netbox.sh"],
        told=["umask 0002"]),
}


# Only root can become the user that a page names.
TITLES = [title for title in PROJECTS if os.getuid() == 0 or "--user" not in PAGE[title].entrypoint]
IN_FRONT = ["node scripts/update-tracker.js", "replace-placeholder.sh http://built http://wanted"]


def test_each_project_of_the_page_is_run():
    assert set(PROJECTS) == set(PAGE) and len(PAGE) >= 12
    assert all(project.entrypoint[0] == "pg-entrypoint" and project.cmd for project in PAGE.values())


@pytest.fixture
def creator(database, admin):
    """A role that may create databases; what it has created is dropped."""
    admin.execute(sql.SQL("create role creator login createdb password {}").format(sql.Literal(PASSWORD)))
    yield
    admin.execute("drop database if exists created_by_a_project with (force)")
    admin.execute("drop role creator")


@pytest.fixture
def deploy(entrypoint, database, creator):
    """Runs a project of the page, each time in another folder; the result has its stand-ins, too."""
    with tempfile.TemporaryDirectory(prefix="pge-projects.") as directory:
        pathlib.Path(directory).chmod(0o755)

        def run(title, fails=None, command=None, env=None):
            shape, page = PROJECTS[title], PAGE[title]
            folder = pathlib.Path(tempfile.mkdtemp(dir=directory))
            folder.chmod(0o755)
            (folder / "media").mkdir()

            def here(word):
                """The words of the page that name a place or a user of the image."""
                places = {"/opt/netbox/": f"{folder}/", "/taiga-back/": f"{folder}/"}
                word = {"taiga": "nobody"}.get(word, word)
                return next((place + word.removeprefix(name) for name, place in places.items() if word.startswith(name)), word)

            standins = StandIns(folder)
            standins.add(*(here(call.split()[0]) for call in shape.calls))
            if shape.alembic:
                alembic_project(folder)
            environment = {"DATABASE_URL": None} | login(shape, database) | standins.environment | shape.env | {
                "READS": " ".join(shape.reads), "MIGRATOR_READS": shape.migrator_reads, "SERVES": basenames(shape.calls)[-1],
                "FAILS": fails}
            words = map(here, [*page.entrypoint[1:], *(command or page.cmd)])
            done = entrypoint(*words, cwd=folder, env=environment | (env or {}))
            done.calls, done.variables = standins.calls, standins.variables
            return done

        yield run


def login(shape, database):
    """The variables by which a project finds its database."""
    if len(shape.reads) == 1:
        if shape.absent:
            return {shape.reads[0]: database.url_of("reader"), shape.migrator_reads: database.url}
        return {shape.reads[0]: database.url}
    user, name = ("creator", "created_by_a_project") if shape.creates else ("owner", database.name)
    return dict(zip(shape.reads, (database.host, database.port, user, PASSWORD, name)))


def alembic_project(folder):
    revision = "op.execute('create table migrated (id integer); grant select on migrated to public')"
    AlembicProject(folder).revision("a1", None, revision)


def basenames(calls):
    """As the stand-ins write them down."""
    return [" ".join([call.split()[0].rpartition("/")[2], *call.split()[1:]]) for call in calls]


@pytest.mark.parametrize("title", TITLES)
def test_the_server_starts_after_the_migration_and_finds_its_database(deploy, title):
    shape = PROJECTS[title]
    run = deploy(title)
    assert run.code == 0, run.err
    assert run.calls == basenames(shape.calls)
    user = "creator" if shape.creates else "reader" if shape.absent else "owner"
    assert run.out.startswith(f"serving as {user}\n") and ("database created" in run.err) == shape.creates
    told = run.out.split("\n", 1)[1] + "".join(f"{name}={value}\n" for name, value in run.variables.items())
    assert all(text in told for text in shape.told)
    assert not run.variables.keys() & set(shape.absent)
    assert run.variables["READS"] and not any(name.startswith("PG_ENTRYPOINT") for name in run.variables)


def start_of(deploy, title, step, env=None):
    """What is wrong with a start whose step with this number fails."""
    calls = basenames(PROJECTS[title].calls)
    run = deploy(title, fails=calls[step], env=env)
    # A step in front of the command is the application's, and so is its exit code.
    expected = (9 if calls[step] in IN_FRONT else 76, "", calls[:step + 1])
    return None if (run.code, run.out, run.calls) == expected else f"{title}: {run}"


def test_it_does_not_when_the_migration_fails(deploy, in_parallel):
    """The twin, for all at once: each has a history in a schema of its own, and so a lock of its own."""
    # What a failure of Alembic leads to is tested elsewhere.
    titles = [title for title in TITLES if not PROJECTS[title].alembic]

    def start(number):
        return start_of(deploy, titles[number], 0, {"PG_ENTRYPOINT_HISTORY_TABLE": f"schema_{number}.history"})

    assert in_parallel([lambda number=number: start(number) for number in range(len(titles))]) == [None] * len(titles)


@pytest.mark.parametrize("title, step", [("FastAPI template", 1), ("umami", 1), ("cal.com", 2)])
def test_nor_when_a_step_after_it_fails(deploy, title, step):
    assert start_of(deploy, title, step) is None


@pytest.mark.parametrize("title", [title for title, shape in PROJECTS.items() if shape.other])
def test_another_command_needs_no_database(deploy, title):
    shape = PROJECTS[title]
    run = deploy(title, command=shape.other, env={shape.reads[1]: free_port()})
    assert run.code == 0 and run.seconds < 2 and "not a server command" in run.err
    assert run.calls == basenames([" ".join(shape.other)])


def test_a_secret_may_be_a_file_for_both(deploy, tmp_path):
    """NetBox reads one; what the page says of it."""
    (tmp_path / "db_password").write_text(PASSWORD + "\n")
    run = deploy("NetBox", env={"DB_PASSWORD": None, "DB_PASSWORD_FILE": tmp_path / "db_password",
                                "PG_ENTRYPOINT_FILE_ENV": "DB_PASSWORD"})
    assert run.code == 0 and run.out.startswith("serving as owner\n"), run.err
    assert run.variables["DB_PASSWORD"] == PASSWORD and "DB_PASSWORD_FILE" not in run.variables
