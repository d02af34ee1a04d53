"""The owner's URL is for migrating: in a real container its application cannot get it out of process 1. It is not in
there any more, so process 1 is as open as any other: its application, and root in `docker exec`, may log to its output."""

import base64
import json
import pathlib

import pytest
from engine import APP_IMAGE, DATABASE, HOST_ROOT, PASSWORD, docker, url

SPY = ("python3", "/spy.py")
MOUNT = ("-v", f"{HOST_ROOT}/tests/container/spy.py:/spy.py:ro")
OWN_URL = f"postgresql+asyncpg://application:its-own@db:5432/{DATABASE}"
ENVIRONMENT = {"MIGRATE_DATABASE_URL": url(), "DATABASE_URL": OWN_URL,
               "SPY_FOR": base64.b64encode(PASSWORD.encode()).decode()}
CLEAN = {"environ": "clean", "cmdline": "clean", "memory": "clean", "ptrace": "attached", "output": "opened", "own": OWN_URL}


def findings(container) -> dict:
    assert container.exit_code() == 0, container.logs()
    [line] = [line for line in container.logs().splitlines() if line.startswith("{")]
    return json.loads(line)


def spied_on(server, *arguments, options=()):
    command = ("--allow-empty", "--dir", "/tmp", *arguments, "--", *SPY)
    return findings(server.world.run(APP_IMAGE, *command, environment=ENVIRONMENT,
                                     options=(*MOUNT, "--entrypoint", "pg-entrypoint", *options)))


@pytest.mark.parametrize("options", [("--user", "10001:10001"), (), ("--cap-add", "SYS_PTRACE")],
                         ids=["a user", "root", "root with every right"])
def test_to_an_application_of_the_same_user_process_1_is_open_and_the_secret_is_not_in_it(tls, options):
    assert spied_on(tls, options=options) == CLEAN


@pytest.mark.parametrize("options", [("--user", "10001:10001"), ()], ids=["a user", "root"])
def test_a_log_goes_to_the_output_of_process_1_from_an_exec_of_the_engine(tls, options):
    app = tls.world.run(APP_IMAGE, "--allow-empty", "--dir", "/tmp", "--", "sh", "-c", "echo up; exec sleep 60",
                        environment=ENVIRONMENT, options=("--entrypoint", "pg-entrypoint", *options))
    app.await_log("up")
    docker("exec", app.name, "sh", "-c", "echo said elsewhere >/proc/1/fd/1")
    app.await_log("said elsewhere")


def test_an_application_that_became_process_1_does_not_have_it(tls):
    found = spied_on(tls, "--exec", options=("--user", "10001:10001"))
    assert (found["environ"], found["cmdline"], found["own"]) == ("clean", "clean", OWN_URL)


def test_a_process_1_without_these_precautions_tells_its_user_everything(tls):
    as_child = "import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:]).returncode)"
    found = findings(tls.world.run(APP_IMAGE, "-c", as_child, *SPY, environment=ENVIRONMENT,
                                       options=(*MOUNT, "--entrypoint", "python3", "--user", "10001:10001")))
    assert found["environ"] == "found"
    restricted = pathlib.Path("/proc/sys/kernel/yama/ptrace_scope")
    if not restricted.exists() or restricted.read_text().strip() == "0":
        assert (found["memory"], found["ptrace"]) == ("found", "attached")
