"""On a terminal: what runs pg-entrypoint can go on using it, and a shell's job control works on the application."""

import os
import sys

import pytest

from conftest import BINARY
from terminals import CTRL_C, CTRL_D, CTRL_Z, Terminal

RUN = f"{BINARY} --quiet --migrate off --"


@pytest.fixture
def terminal(database, tmp_path):
    opened = []

    def open_one(*argv):
        environment = {"PATH": os.environ["PATH"], "HOME": "/root", "DATABASE_URL": database.url, "TERM": "dumb", "PS1": "$ ",
                       "PG_ENTRYPOINT_ALLOW_EMPTY": "true"}
        opened.append(Terminal(argv, environment, tmp_path))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


@pytest.fixture
def shell(terminal):
    return terminal("bash", "--norc", "--noprofile", "--noediting", "-i").wait_for("$ ")


@pytest.mark.parametrize("command", ["true", "sh -c 'exit 3'", "bash --norc -ic true", "nosuch-command"])
def test_a_script_can_read_afterwards(terminal, command):
    script = f"{RUN} {command} 2>/dev/null; printf 'next? '; read answer; echo got=$answer"
    terminal("sh", "-c", script).wait_for("next? ").type("blue\n").wait_for("got=blue")


def test_ctrl_c_reaches_a_script_afterwards(terminal):
    script = f"trap 'echo stopped; exit' INT; {RUN} true; echo working; while :; do sleep 0.05; done"
    terminal("sh", "-c", script).wait_for("working").type(CTRL_C).wait_for("stopped")


def test_ctrl_c_reaches_the_application_of_a_script_once(terminal):
    application = "trap 'echo got-it' INT; echo up; for i in 1 2 3 4 5 6 7 8; do sleep 0.1; done; echo end"
    run = terminal("sh", "-c", f'trap : INT; {RUN} sh -c "{application}"; echo over').wait_for("up").type(CTRL_C)
    run.wait_for("over")
    assert run.screen.count("got-it") == 1


def test_the_terminal_is_given_back_although_the_application_leaves_a_process_in_front(terminal):
    # An application with job control that dies while its job has the terminal.
    application = "bash --norc -ic 'kill -9 $$ & sleep 60'"
    script = f"{RUN} {application} 2>/dev/null; printf 'next? '; read answer; echo got=$answer"
    terminal("sh", "-c", script).wait_for("next? ", 15).type("blue\n").wait_for("got=blue")


# What Ctrl-Z stops is one process. Of several, one that has not been stopped yet could read what is meant for the shell;
# and a shell whose child stops between vfork and execve does not stop itself.
TALK = "import sys\nprint('up')\nfor line in sys.stdin: print(line, end='')\nprint('over')"
WORK = "import time\nprint('up')\nfor _ in range(24): time.sleep(0.05)\nprint('over')"


def test_ctrl_z_stops_the_application_and_brings_the_prompt_and_fg_goes_on(shell, tmp_path):
    (tmp_path / "talk.py").write_text(TALK)
    shell.type(f"{RUN} {sys.executable} -u talk.py\n").wait_for("up\r\n").type("one\n").wait_for("one\r\none")
    shell.type(CTRL_Z).wait_for("Stopped").wait_for("$ ").type("echo pro''mpt\n").wait_for("prompt").wait_for("$ ")
    shell.type("fg\n").wait_for("talk.py").type("two\n").wait_for("two\r\ntwo").type(CTRL_D).wait_for("over").wait_for("$ ")
    shell.type("echo status=$?\n").wait_for("status=0")


def test_ctrl_z_works_although_stdin_is_no_terminal(shell, tmp_path):
    (tmp_path / "work.py").write_text(WORK)
    shell.type(f"{RUN} {sys.executable} -u work.py </dev/null\n").wait_for("up").type(CTRL_Z)
    shell.wait_for("Stopped").wait_for("$ ").type("fg\n").wait_for("over").wait_for("$ ").type("echo status=$?\n")
    shell.wait_for("status=0")


def test_after_bg_it_runs_on_and_the_shell_keeps_the_terminal(shell, tmp_path):
    (tmp_path / "work.py").write_text(WORK)
    shell.type(f"{RUN} {sys.executable} -u work.py\n").wait_for("up").type(CTRL_Z).wait_for("Stopped").wait_for("$ ")
    shell.type("bg\n").wait_for("&").type("read answer\n").type("blue\n").wait_for("over")
    shell.type("echo got=$answer\n").wait_for("got=blue")


def test_in_the_background_the_shell_keeps_the_terminal(shell):
    shell.type(f"{RUN} sh -c 'echo u''p; exec sleep 60' &\n").wait_for("up").type("read answer\n").type("blue\n")
    shell.type("echo got=$answer\n").wait_for("got=blue")
    shell.type("kill %1; sleep 0.5; jobs\n").wait_for("Exit 143")


def test_in_the_background_it_stops_when_it_reads_and_fg_lets_it(shell):
    shell.type(f"{RUN} sh -c 'echo u''p; read answer; echo g''ot=$answer' &\n").wait_for("up")
    shell.type("sleep 0.5; jobs\n").wait_for("Stopped").wait_for("$ ")
    shell.type("fg\n").wait_for("answer").type("blue\n").wait_for("got=blue").wait_for("$ ")


def test_the_other_end_of_a_pipeline_gets_the_terminal_when_it_asks(shell):
    reader = "sh -c 'read answer </dev/tty; echo g''ot=$answer; cat >/dev/null'"
    shell.type(f"{RUN} sh -c 'echo u''p >&2; sleep 3' | {reader}\n").wait_for("up")
    shell.type("blue\n").wait_for("got=blue").wait_for("$ ")


INIT = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "setsid", "--ctty"]


def test_as_process_1_a_shell_with_job_control_works(terminal):
    run = terminal(*INIT, *RUN.split(), "bash", "--norc", "--noprofile", "--noediting", "-i").wait_for("$ ")
    run.type("sh -c 'echo u''p; exec sleep 60'\n").wait_for("up").type(CTRL_Z).wait_for("Stopped").wait_for("$ ")
    run.type("fg\n").wait_for("sleep 60").type(CTRL_C).wait_for("$ ")
    run.type("echo pro''mpt\n").wait_for("prompt")
    assert "no job control" not in run.screen
    run.type("exit 5\n")
    assert run.process.wait(10) == 5


def test_as_process_1_a_ctrl_z_that_nobody_could_undo_stops_nothing(terminal):
    run = terminal(*INIT, *RUN.split(), sys.executable, "-uc",
                   "print('up')\nwhile True: print('got=' + input())").wait_for("up")
    run.type(CTRL_Z).type("blue\n").wait_for("got=blue")
