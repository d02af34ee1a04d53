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


IN_FRONT = ["node scripts/update-tracker.js", "replace-placeholder.sh http://built http://wanted"]


def test_each_project_of_the_page_is_run():
    assert set(PROJECTS) == set(PAGE) and len(PAGE) >= 12
    assert all(project.entrypoint[0] == "pg-entrypoint" and project.cmd for project in PAGE.values())


@pytest.fixture
def creator(database, admin):
    """A role that may create databases; what it has created is dropped."""
    admin.execute(sql.SQL("create role creator login createdb password {}").format(sql.Literal(PASSWORD)))
    yield "creator"
    admin.execute("drop database if exists created_by_a_project with (force)")
    admin.execute("drop role creator")


@pytest.fixture
def deploy(entrypoint, database, request):
    """Runs a project of the page; the log has the calls of its programs."""
    with tempfile.TemporaryDirectory(prefix="pge-project.") as directory:
        folder = pathlib.Path(directory)
        folder.chmod(0o755)

        def run(title, fails=None, command=None, env=None):
            shape, page = PROJECTS[title], PAGE[title]
            run.standins = StandIns(folder)
            here = {"/opt/netbox/": f"{folder}/", "/taiga-back/media": f"{folder}/media", "taiga": "nobody"}
            (folder / "media").mkdir(exist_ok=True)

            def adapted(word):
                return here.get(word) or word.replace("/opt/netbox/", here["/opt/netbox/"])

            for call in shape.calls:
                run.standins.add(adapted(call.split()[0]))
            login = {"host": database.host, "port": database.port, "user": "owner", "password": PASSWORD, "name": database.name}
            if shape.creates:
                login |= {"user": request.getfixturevalue("creator"), "name": "created_by_a_project"}
            if len(shape.reads) > 1:
                variables = dict(zip(shape.reads, login.values()))
            else:
                variables = {shape.reads[0]: database.url_of("reader" if shape.absent else "owner")}
                variables |= {shape.migrator_reads: database.url} if shape.absent else {}
            if shape.alembic:
                alembic_project(folder)
            environment = {"DATABASE_URL": None} | variables | run.standins.environment | shape.env | {
                "READS": " ".join(shape.reads), "MIGRATOR_READS": shape.migrator_reads, "SERVES": basenames(shape.calls)[-1], "FAILS": fails}
            return entrypoint(*map(adapted, page.entrypoint[1:]), *map(adapted, command or page.cmd), cwd=folder,
                              env=environment | (env or {}))

        yield run


def alembic_project(folder):
    revision = "op.execute('create table migrated (id integer); grant select on migrated to public')"
    AlembicProject(folder).revision("a1", None, revision)


def basenames(calls):
    """As the stand-ins write them down."""
    return [" ".join([call.split()[0].rpartition("/")[2], *call.split()[1:]]) for call in calls]


@pytest.mark.parametrize("title", PROJECTS)
def test_the_server_starts_after_the_migration_and_finds_its_database(deploy, title):
    shape = PROJECTS[title]
    run = deploy(title)
    assert run.code == 0, run.err
    assert deploy.standins.calls == basenames(shape.calls)
    user = "creator" if shape.creates else "reader" if shape.absent else "owner"
    assert run.out.startswith(f"serving as {user}\n") and ("database created" in run.err) == shape.creates
    assert all(text in run.out for text in shape.told)
    names = {line.partition("=")[0] for line in run.out.splitlines()}
    assert not names & set(shape.absent) and not any(name.startswith("PG_ENTRYPOINT") for name in names)


# What a failure of Alembic leads to is tested elsewhere.
FIRST_STEPS = [(title, 0) for title, shape in PROJECTS.items() if not shape.alembic]


@pytest.mark.parametrize("title, step", [*FIRST_STEPS, ("FastAPI template", 1), ("umami", 1), ("cal.com", 2)])
def test_it_does_not_when_a_step_before_it_fails(deploy, title, step):
    """The twin."""
    calls = basenames(PROJECTS[title].calls)
    run = deploy(title, fails=calls[step])
    # A step in front of the command is the application's, and so is its exit code.
    assert run.code == (9 if calls[step] in IN_FRONT else 76) and run.out == "", run.err
    assert deploy.standins.calls == calls[:step + 1]


@pytest.mark.parametrize("title", [title for title, shape in PROJECTS.items() if shape.other])
def test_another_command_needs_no_database(deploy, title):
    shape = PROJECTS[title]
    run = deploy(title, command=shape.other, env={shape.reads[1]: free_port()})
    assert run.code == 0 and run.seconds < 2 and "not a server command" in run.err
    assert deploy.standins.calls == basenames([" ".join(shape.other)])
