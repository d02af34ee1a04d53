"""PID 1 in a real container: what the engine sends arrives, what the application says comes back."""

import pytest
from engine import APP_IMAGE, url

TRAPS = ("for s in HUP INT USR1 USR2 WINCH; do trap \"echo got-$s\" $s; done; trap 'echo got-TERM; exit 42' TERM; "
         "echo ready; while :; do sleep 0.1; done")


@pytest.fixture
def shell(world):
    """A shell that says which signals reach it, as the application."""
    world.database()
    app = world.run(APP_IMAGE, "--", "sh", "-c", TRAPS, name="app", options=("--entrypoint", "pg-entrypoint"),
                    environment={"DATABASE_URL": url()})
    app.await_log("ready")
    return app


def test_signals_of_the_engine_reach_the_application_and_its_code_comes_back(shell):
    from engine import docker
    for name in ("HUP", "INT", "USR1", "USR2", "WINCH"):
        docker("kill", "--signal", name, shell.name)
        shell.await_log(f"got-{name}", 10)
    took = shell.stop()
    assert took < 5
    assert shell.state("{{.State.ExitCode}}") == "42"
    assert "got-TERM" in shell.logs()


def test_orphans_are_reaped_and_leave_no_zombies(shell):
    shell.exec("sh", "-c", "for i in 1 2 3 4 5 6 7 8 9 10; do (sleep 0.2 &) ; done")
    shell.exec("sleep", "1")
    assert "Z" not in shell.exec("sh", "-c", "cut -d')' -f2 /proc/[0-9]*/stat | cut -c2")


def test_a_stop_while_waiting_ends_within_a_second_with_143(world):
    app = world.run(APP_IMAGE, name="app", environment={"DATABASE_URL": url(host="nowhere.invalid")})
    app.await_log("waiting for the database")
    assert app.stop() < 3  # the engine's own time included
    assert app.state("{{.State.ExitCode}}") == "143"


def test_a_command_that_does_not_exist_is_127(world):
    world.database()
    app = world.run(APP_IMAGE, "--", "no-such-command", options=("--entrypoint", "pg-entrypoint"),
                    environment={"DATABASE_URL": url()})
    assert app.exit_code() == 127
    assert "no-such-command" in app.logs()
