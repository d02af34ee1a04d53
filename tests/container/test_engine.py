"""What an engine does to a container, and the ways in which it starts one, with pg-entrypoint as a plain init."""

import os
import pty
import select
import subprocess
import time

import pytest
from engine import APP_IMAGE, docker, until
from test_signals import TRAPS

SERVE = ("--no-database", "--", "sh", "-c", TRAPS)
OURS = ("--entrypoint", "pg-entrypoint")


@pytest.fixture
def serving(world):
    def start(*options, command=SERVE, name="app"):
        app = world.run(APP_IMAGE, *command, name=name, options=(*OURS, *options))
        app.await_log("ready", 20)
        return app

    return start


def names(container) -> str:
    """The commands of all processes that the container sees, and their states."""
    return container.exec("sh", "-c", "cat /proc/[0-9]*/stat | sed 's/^[0-9]* //' | cut -d' ' -f1,2")


@pytest.mark.parametrize("options", [("--init",), ("--memory", "16m", "--memory-swap", "16m")], ids=["init", "16m"])
def test_signals_and_codes_are_as_ever(serving, options):
    """Below the engine's own init, which passes signals to us; and in very little memory."""
    app = serving(*options)
    for name in ("HUP", "USR1"):
        docker("kill", "--signal", name, app.name)
        app.await_log(f"got-{name}", 10)
    assert app.stop() < 5
    assert app.state("{{.State.ExitCode}} {{.State.OOMKilled}}") == "42 false"


def test_below_the_engines_init_the_application_and_its_orphans_are_ours(serving):
    app = serving("--init", command=("--no-database", "--", "sh", "-c", "(sleep 0.1; exit 3) & (sleep 60 &); echo ready; exec sleep 60"))
    ours = app.exec("sh", "-c", "grep -l '^pge:serving' /proc/[0-9]*/comm").split("/")[2]
    assert ours != "1"
    below = f"cat /proc/{ours}/task/{ours}/children"
    until(lambda: len(app.exec("sh", "-c", below).split()) == 2, 5, "the application and the orphan are our children")
    app.exec("pg-entrypoint", "healthcheck")


@pytest.mark.parametrize("signal, code", [("QUIT", 131), ("RTMIN+3", 165)])
def test_the_stop_signal_of_the_image_reaches_the_application(serving, signal, code):
    app = serving("--stop-signal", f"SIG{signal}", command=("--no-database", "--", "sh", "-c", "echo ready; exec sleep 60"))
    assert app.stop() < 5
    assert app.state("{{.State.ExitCode}}") == str(code)


def test_a_kill_of_the_engine_is_137_and_takes_all_with_it(serving):
    app = serving()
    docker("kill", app.name)
    assert app.exit_code(10) == 137


def test_an_exec_of_the_engine_hears_no_signal_of_the_applications(serving):
    app = serving()
    session = subprocess.Popen(["docker", "exec", app.name, "sh", "-c", "trap 'echo heard' HUP TERM; sleep 0.7; echo calm"],
                               stdout=subprocess.PIPE, text=True)
    until(lambda: "sleep" in app.exec("sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"), 5, "the session runs")
    docker("kill", "--signal", "HUP", app.name)
    app.await_log("got-HUP", 10)
    assert session.communicate(timeout=10)[0] == "calm\n"
    app.exec("pg-entrypoint", "healthcheck")


def test_in_a_shared_pid_namespace_only_its_own_processes_are_ended(serving, world):
    first = serving(name="first")
    second = serving("--pid", f"container:{first.name}", name="second",
                     command=("--no-database", "--orphan-grace", "200ms", "--", "sh", "-c",
                              "trap '' HUP; (trap '' TERM; exec sleep 61) & echo ready; trap 'exit 5' TERM; while :; do sleep 0.05; done"))
    assert "(sleep)" in names(first)
    assert second.stop() < 5
    assert second.state("{{.State.ExitCode}}") == "5"
    assert "SIGKILL" in second.logs()
    until(lambda: "Z" not in names(first).split(), 5, "no zombie is left of it")
    docker("kill", "--signal", "USR1", first.name)
    first.await_log("got-USR1", 10)
    assert "got-TERM" not in first.logs()


def test_a_pause_loses_nothing(serving):
    app = serving()
    docker("pause", app.name)
    time.sleep(0.3)
    docker("unpause", app.name)
    docker("kill", "--signal", "USR1", app.name)
    app.await_log("got-USR1", 10)
    assert app.stop() < 5
    assert app.state("{{.State.ExitCode}}") == "42"


def test_an_application_that_is_killed_for_memory_is_137_and_we_live_to_say_so(world):
    too_much = "data = b'x' * 1_000; data = [data * 1_000 for _ in range(200)]; print(len(data))"
    app = world.run(APP_IMAGE, "--no-database", "--", "python3", "-c", too_much, name="app",
                    options=(*OURS, "--memory", "48m", "--memory-swap", "48m"))
    assert app.exit_code(30) == 137
    assert "application exited status=137" in app.logs()
    assert app.state("{{.State.OOMKilled}}") == "true"


def read_until(master, text, seconds=15):
    seen, deadline = b"", time.monotonic() + seconds
    while text not in seen:
        assert select.select([master], [], [], max(0, deadline - time.monotonic()))[0], seen
        seen += os.read(master, 4096)
    return seen


RUNNING = b"sh -c 'echo up$((7)); exec sleep 60'\n"


def test_a_shell_on_a_terminal_of_the_engine_survives_ctrl_c_and_has_job_control(world):
    name = f"{world.id}-terminal"
    master, slave = pty.openpty()
    process = subprocess.Popen(["docker", "run", "--rm", "-it", "--network", "none", "--name", name, *OURS, APP_IMAGE, "--no-database",
                                "--quiet", "--", "bash", "--norc", "-i"], stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
    os.close(slave)
    try:
        for typed, answer in ((b"echo one$((1))\n", b"one1"), (RUNNING, b"up7"), (b"\x03", b"^C"), (b"echo two$?\n", b"two130"),
                              (RUNNING, b"up7"), (b"\x1a", b"Stopped"), (b"echo three$((3))\n", b"three3")):
            os.write(master, typed)
            read_until(master, answer)
        os.write(master, b"kill -9 %1\nexit 5\nexit 5\n")
        assert process.wait(15) == 5
    finally:
        process.kill()
        process.wait()
        os.close(master)
        docker("rm", "-f", name, check=False)
