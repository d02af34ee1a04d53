"""ProjectVote: the application that this began from, in its container, before and after its upgrade."""

import pathlib
import time

from engine import APP_IMAGE, ROOT, url
from projectvote import call, file_application

def start(world, *, to: str | None = None, name: str):
    environment = {"DATABASE_URL": url(), "BOARD": "a@example.org,b@example.org"}
    if to:
        environment["PG_ENTRYPOINT_TO"] = to
    app = world.run(APP_IMAGE, name=name, environment=environment)
    app.await_log("Application startup complete", 60)
    return app


def test_started_before_the_database_exists_it_waits_and_then_serves(world):
    app = world.run(APP_IMAGE, name="app", environment={"DATABASE_URL": url(), "BOARD": "a@example.org"})
    app.await_log("waiting for the database")
    time.sleep(10)
    assert app.running()
    assert app.exec("pg-entrypoint", "healthcheck", check=False).strip() == "waiting"
    world.database()
    log = app.await_log("application started", 60)
    assert "since_answer_ms=" in log
    app.await_log("Application startup complete", 30)
    assert call(app, "GET", "/health")
    assert app.exec("pg-entrypoint", "healthcheck").strip() == "serving"


def test_the_upgrade_keeps_the_data_and_the_application_works_before_and_after(world):
    world.database()
    old = start(world, to="1", name="old")
    before = file_application(old, "Before")
    call(old, "POST", f"/votes/{before['votes'][0]['token']}", {"vote": "approve"})
    assert len(call(old, "GET", "/applications")) == 1
    assert world.sql("select count(*) from information_schema.columns where column_name = 'created_at'") == "0"
    old.stop()

    new = start(world, name="new")
    assert world.sql("select count(*), count(created_at) from applications") == "1|1"
    [kept] = call(new, "GET", "/applications")
    assert kept["project_title"] == "Before"
    done = call(new, "POST", f"/votes/{before['votes'][1]['token']}", {"vote": "approve"})
    assert done["application"]["status"] == "approved"
    assert world.sql("select count(concluded_at) from applications") == "1"
    assert world.sql("select count(*) from votes where vote_status = 'cast'") == "2"
    file_application(new, "After")
    assert len(call(new, "GET", "/applications")) == 2
    new.stop()

    # Down and up again, with the same image.
    down = world.run(APP_IMAGE, "down", "1", options=("--entrypoint", "pg-entrypoint"),
                     environment={"DATABASE_URL": url()})
    assert down.exit_code() == 0, down.logs()
    assert world.sql("select count(*) from information_schema.columns where column_name = 'created_at'") == "0"
    assert world.sql("select count(*) from applications") == "2"
    again = start(world, name="again")
    assert world.sql("select count(*), count(created_at) from applications") == "2|2"
    assert len(call(again, "GET", "/applications")) == 2


def test_it_runs_as_its_user_with_its_folder_and_stops_with_the_servers_own_code(world):
    world.database()
    app = start(world, name="app")
    assert app.exec("stat", "-c", "%U", "/app/data").strip() == "appuser"
    owners = app.exec("sh", "-c", "cat /proc/[0-9]*/status 2>/dev/null | grep -E '^(Name|Uid)'")
    assert "10001" in owners
    took = app.stop()
    assert took < 15
    assert app.state("{{.State.ExitCode}}") == "0"  # uvicorn's own, after a graceful shutdown
    assert "application exited" in app.logs()


def test_a_second_start_has_nothing_to_do(world):
    world.database()
    start(world, name="first").stop()
    second = start(world, name="second")
    assert "nothing to apply" in second.logs()
    assert "advisory lock acquired" not in second.logs()


def test_a_failing_migration_keeps_the_server_from_starting(world):
    world.database()
    files = {p.name: p.read_text() for p in pathlib.Path(ROOT / "migrations").glob("*.sql")}
    files["0003_bad.sql"] = "alter table applications add column x int;\nselect no_such_column from applications;\n"
    folder = world.migrations(files)
    app = world.run(APP_IMAGE, name="app", options=("-v", f"{folder}:/migrations:ro"),
                    environment={"DATABASE_URL": url()})
    assert app.exit_code() == 76
    log = app.logs()
    assert "/migrations/0003_bad.sql:2:8" in log
    assert "sqlstate=42703" in log
    assert "application started" not in log
    assert "Uvicorn" not in log
    assert world.sql("select count(*) from pgentrypoint.history") == "2"
    assert world.sql("select count(*) from information_schema.columns where column_name = 'x'") == "0"
