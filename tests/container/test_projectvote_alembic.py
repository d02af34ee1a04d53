"""ProjectVote with Alembic: what the project asked for when it began, in its container."""

from engine import ALEMBIC_IMAGE, url
from projectvote import call, file_application

COLUMNS = """select string_agg(table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable, ', '
             order by table_name, column_name) from information_schema.columns
             where column_name in ('created_at', 'concluded_at', 'voted_at')"""
DATED = ("applications.concluded_at timestamp without time zone YES, "
         "applications.created_at timestamp without time zone NO, votes.voted_at timestamp without time zone YES")


def start(world, name):
    app = world.run(ALEMBIC_IMAGE, name=name, environment={"DATABASE_URL": url(), "BOARD": "a@example.org,b@example.org"})
    app.await_log("Application startup complete", 60)
    return app


def alembic(world, *arguments):
    """By hand, beside the entrypoint."""
    done = world.run(ALEMBIC_IMAGE, "-c", "alembic.ini", *arguments, options=("--entrypoint", "alembic"),
                     environment={"DATABASE_URL": url()})
    assert done.exit_code() == 0, done.logs()
    return done.logs()


def test_the_upgrade_keeps_the_data_and_down_and_up_again_works(world):
    world.database()
    world.await_database()
    alembic(world, "upgrade", "0001")
    assert world.sql(COLUMNS) == ""
    world.sql("insert into applications (first_name, last_name, applicant_email, department, project_title, "
              "project_description, costs, status) values ('Ada', 'L', 'a@b', 'Maths', 'Before', '…', 1, 'pending')")

    app = start(world, "app")
    assert world.sql(COLUMNS) == DATED
    assert "Running upgrade 0001 -> 0002" in app.logs()
    assert world.sql("select count(*), count(created_at) from applications") == "1|1"
    [kept] = call(app, "GET", "/applications")
    assert kept["project_title"] == "Before"
    filed = file_application(app, "After")
    for vote in filed["votes"]:
        done = call(app, "POST", f"/votes/{vote['token']}", {"vote": "approve"})
    assert done["application"]["status"] == "approved"
    assert world.sql("select count(concluded_at) from applications") == "1"
    assert app.exec("stat", "-c", "%U", "/app/data").strip() == "appuser"
    app.stop()
    assert app.state("{{.State.ExitCode}}") == "0"

    # Nothing to do: no lock, no Python before the server's own.
    again = start(world, "again")
    assert "nothing to do" in again.logs() and "migrator started" not in again.logs()
    again.stop()

    # Taken back by hand: the state is another one, the migrator runs, the data is there.
    alembic(world, "downgrade", "0001")
    assert world.sql(COLUMNS) == ""
    after = start(world, "after")
    assert world.sql(COLUMNS) == DATED
    assert "Running upgrade 0001 -> 0002" in after.logs()
    assert sorted(one["project_title"] for one in call(after, "GET", "/applications")) == ["After", "Before"]


def test_autogenerate_finds_nothing_to_do_and_leaves_our_table_alone(world):
    world.database()
    start(world, "app").stop()
    assert "No new upgrade operations detected" in alembic(world, "check")
    assert world.sql("select kind, state_left from pgentrypoint.facts") == "ancestry|0002"
    alembic(world, "downgrade", "base")
    alembic(world, "upgrade", "head")
