"""deploy/kubernetes/roles.sql: the owner migrates, and the application's role can look from its first start on."""

import psycopg
import pytest
from psycopg import sql

from conftest import PASSWORD, ROOT

ROLES = (ROOT / "deploy/kubernetes/roles.sql").read_text()
OWNER, APPLICATION = "projectvote_owner", "projectvote_app"


@pytest.fixture
def roles(database):
    """roles(text): runs it as an administrator, as psql would, and gives both roles a password; returns their URLs."""

    def run(text=ROLES):
        with psycopg.connect(database.url_of("boss"), autocommit=True) as connection:
            connection.execute(text)
            for role in (OWNER, APPLICATION):
                connection.execute(sql.SQL("alter role {} password {}").format(sql.Identifier(role), sql.Literal(PASSWORD)))
        return database.url_of(OWNER), database.url_of(APPLICATION)

    yield run
    database.empty()
    for role in (OWNER, APPLICATION):
        database.execute(f"drop owned by {role}; drop role {role}")


def images_migrations():
    return {path.name: path.read_text() for path in (ROOT / "migrations").iterdir()}


def test_the_application_looks_before_and_after_the_migration(entrypoint, database, roles):
    owner, application = roles()
    looking = {"DATABASE_URL": application}
    assert entrypoint("check", env=looking, migrations=images_migrations()).code == 3
    assert entrypoint("run", "--", "true", env=looking | {"PG_ENTRYPOINT_MIGRATE": "check"}).code == 75
    assert entrypoint("migrate", env={"DATABASE_URL": owner}).code == 0
    assert entrypoint("check", env=looking).code == 0
    assert entrypoint("run", "--", "true", env=looking | {"PG_ENTRYPOINT_MIGRATE": "check"}).code == 0


def test_the_application_writes_rows_and_nothing_else(entrypoint, database, roles):
    owner, application = roles()
    assert entrypoint("migrate", env={"DATABASE_URL": owner}, migrations=images_migrations()).code == 0
    with psycopg.connect(application, autocommit=True) as connection:
        connection.execute("insert into applications (first_name, last_name, applicant_email, department, project_title, "
                           "project_description, costs, status) values ('a', 'b', 'c', 'd', 'e', 'f', 1, 'pending')")
        for refused in ("create table mine (id integer)", "delete from pgentrypoint.history", "drop table applications"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(refused)
    # It cannot migrate either: a new file is refused, not applied.
    assert entrypoint("migrate", env={"DATABASE_URL": application},
                      migrations=images_migrations() | {"9999_more.sql": "create table more (id integer);"}).code in (76, 77)
    assert not database.exists("more")


def test_without_the_grant_it_is_refused(entrypoint, roles):
    """The twin: what the manifests' comments warn of."""
    text = ROLES.replace("grant usage on schema pgentrypoint to projectvote_app;", "")
    assert text != ROLES
    owner, application = roles(text)
    assert entrypoint("migrate", env={"DATABASE_URL": owner}, migrations=images_migrations()).code == 0
    refused = entrypoint("run", "--", "true", env={"DATABASE_URL": application, "PG_ENTRYPOINT_MIGRATE": "check"})
    assert refused.code == 77
