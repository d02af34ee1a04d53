"""Serving: the application's own exit code, signals and orphans; process 1 in its own pid namespace."""

import os
import re
import signal
import subprocess
import sys
import textwrap

import pytest

from conftest import BINARY
from runner import children_of, until

ONE = {"0001_one.sql": "create table one (id integer);"}


@pytest.fixture
def prepared(entrypoint):
    """Nothing is pending any more."""
    assert entrypoint("migrate", migrations=ONE).code == 0


def test_every_exit_code_passes_through(start, prepared):
    for begin in range(0, 256, 8):
        runs = [(code, start("--", "sh", "-c", f"exit {code}")) for code in range(begin, begin + 8)]
        for code, run in runs:
            assert run.finish().code == code


@pytest.mark.parametrize("init", [False, True], ids=["child", "pid1"])
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGKILL, signal.SIGUSR1, signal.SIGSEGV,
                                    signal.SIGPIPE, signal.SIGTERM])
def test_an_application_that_a_signal_ended_is_128_and_the_number(entrypoint, prepared, number, init):
    run = entrypoint("--", "sh", "-c", f"ulimit -c 0; kill -{number:d} $$; sleep 5", init=init)
    assert run.code == 128 + number


@pytest.mark.parametrize("command, code, word", [(["nosuch-command"], 127, "not found"), (["/nosuch/command"], 127, "not found"),
                                                 (["./plain"], 126, "not executable"), (["/"], 126, "directory"),
                                                 (["./no_interpreter"], 127, "interpreter /nosuch/sh does not exist")])
def test_a_command_that_cannot_run_is_126_or_127(entrypoint, prepared, tmp_path, command, code, word):
    (tmp_path / "plain").write_text("#!/bin/sh\n")
    script = tmp_path / "no_interpreter"
    script.write_text("#!/nosuch/sh\n")
    script.chmod(0o755)
    run = entrypoint("--", *command)
    assert run.code == code and word in run.err


ORPHANS = textwrap.dedent("""
    import os, sys, time
    def others():
        states = {}
        for pid in filter(str.isdigit, os.listdir('/proc')):
            try:
                with open(f'/proc/{pid}/stat') as file:
                    states[int(pid)] = file.read().rpartition(')')[2].split()[0]
            except OSError:
                pass
        return {pid: state for pid, state in states.items() if pid not in (1, os.getpid())}
    for _ in range(20):
        if os.fork() == 0:
            if os.fork() == 0:
                time.sleep(0.05)
            os._exit(7)
        os.wait()
    deadline = time.monotonic() + 5
    while others() and time.monotonic() < deadline:
        time.sleep(0.01)
    print('left', len(others()), 'parent', os.getppid())
    sys.exit(11)
""")


def test_process_1_reaps_orphans(entrypoint, prepared):
    run = entrypoint("--", sys.executable, "-c", ORPHANS, init=True)
    assert (run.code, run.out) == (11, "left 0 parent 1\n")


def test_what_the_application_leaves_running_is_ended_too(entrypoint, prepared):
    run = entrypoint("--orphan-grace", "500ms", "--", "sh", "-c", "(trap '' TERM; while :; do sleep 1; done) & echo $!; exit 5")
    assert run.code == 5
    assert run.seconds < 4
    assert not os.path.exists(f"/proc/{int(run.out)}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH,
                                    signal.SIGRTMIN + 3])
def test_signals_are_passed_on(start, prepared, number):
    program = ("import os, signal, sys, time\n"
               f"signal.signal({number:d}, lambda n, f: (os.write(1, b'got %d\\n' % n), sys.exit(33)))\n"
               "print('ready', flush=True)\nwhile True: time.sleep(0.02)")
    run = start("--", sys.executable, "-c", program, init=True).wait_for("ready")
    done = run.signal(number).finish()
    assert (done.code, done.out) == (33, f"ready\ngot {number:d}\n")


def test_an_application_that_ignores_the_signal_goes_on(start, prepared):
    program = ("import os, signal, time\nsignal.signal(15, lambda n, f: os.write(1, b'no'))\nprint('ready', flush=True)\n"
               "while True: time.sleep(0.02)")
    run = start("--", sys.executable, "-c", program, init=True).wait_for("ready")
    run.signal().wait_for("no")
    assert run.process.poll() is None
    os.kill(until(lambda: children_of(run.pid))[0], signal.SIGKILL)
    assert run.finish().code == 137


def test_the_time_from_answer_to_application_is_logged(entrypoint):
    run = entrypoint("--", "true", migrations=ONE)
    assert int(re.search(r"application started pid=\d+ since_answer_ms=(\d+)", run.err).group(1)) < 2000
    assert "application exited status=0" in run.err


def test_exec_replaces_the_process(start, database):
    run = start("--exec", "--", "sh", "-c", "echo pid $$; exec sleep 30", migrations=ONE).wait_for(f"pid ")
    assert run.out == f"pid {run.process.pid}\n"
    assert database.applied() == ["1"]
    done = run.signal().finish()
    assert done.code == -signal.SIGTERM  # its own parent sees the application's death by a signal
    assert done.seconds_after_signal < 1


@pytest.mark.parametrize("command, code, word", [("/nosuch/command", 127, "not found"), ("./plain", 126, "chmod +x"),
                                                 ("/etc", 126, "directory"), ("./crlf", 127, "carriage return"),
                                                 ("./text", 126, "#!/bin/sh"), ("./env", 127, "nosuch-python")])
@pytest.mark.parametrize("mode", [["--"], ["--exec", "--"]], ids=["serve", "exec"])
def test_a_command_that_cannot_run_is_found_out_before_the_database_is_touched(entrypoint, database, tmp_path, mode, command,
                                                                               code, word):
    (tmp_path / "plain").write_text("#!/bin/sh\n")
    for name, text in {"crlf": "#!/bin/sh\r\n", "text": "echo started\n", "env": "#!/usr/bin/env nosuch-python\n"}.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    run = entrypoint(*mode, command, migrations=ONE)
    assert run.code == code and word in run.err
    assert "database answered" not in run.err and database.applied() == []


def test_a_migrator_that_cannot_run_is_found_out_as_early(entrypoint, tmp_path):
    (tmp_path / "text").write_text("echo started\n")
    (tmp_path / "text").chmod(0o755)
    run = entrypoint("--migrator", "./text", "--", "true")
    assert run.code == 126 and "#! line" in run.err and "database answered" not in run.err


def test_a_command_that_the_migrator_makes_is_not_there_yet_and_the_hint_says_what_to_do(entrypoint, database, tmp_path):
    made = tmp_path / "made"
    migrator = ["--migrator", f"ln -s /bin/true {made}"]
    run = entrypoint(*migrator, "--", made)
    assert run.code == 127 and "sh -c" in run.err and not made.is_symlink()
    assert entrypoint(*migrator, "--", "sh", "-c", f"exec {made}").code == 0


def test_a_program_for_another_processor_is_only_doubted(entrypoint, database, tmp_path):
    program = bytearray(open("/bin/true", "rb").read())
    program[18] = 0x3E if program[18] == 0xB7 else 0xB7
    (tmp_path / "foreign").write_bytes(program)
    (tmp_path / "foreign").chmod(0o755)
    run = entrypoint("--", "./foreign", migrations=ONE)
    assert "warning the command may not run here: ./foreign is not a program for this processor" in run.err
    assert database.applied() == ["1"]
    assert run.code == 126 and "another processor" in run.err  # no binfmt here


def test_exec_of_a_command_that_is_not_there_is_127(entrypoint):
    assert entrypoint("--exec", "--", "nosuch-command", migrations=ONE).code == 127


def test_exec_does_not_start_after_a_failed_migration(entrypoint):
    run = entrypoint("--exec", "--", "echo", "started", migrations={"0001_bad.sql": "select nope;"})
    assert run.code == 76 and "started" not in run.out


def test_the_application_gets_usual_signals_and_its_standard_streams(entrypoint, prepared):
    run = entrypoint("--", "sh", "-c", "grep -E '^Sig(Blk|Ign)' /proc/self/status; ls /proc/self/fd | wc -l", init=True)
    blocked, ignored, descriptors = run.out.split("\n")[:3]
    assert int(blocked.split()[1], 16) == 0
    assert int(ignored.split()[1], 16) == 0
    assert int(descriptors) == 4  # 0, 1, 2 and ls's own


def healthcheck(run):
    """As an engine runs it: another process in the container's namespaces."""
    done = subprocess.run(["nsenter", "--target", str(run.pid), "--pid", "--mount", BINARY, "healthcheck"], timeout=10,
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.strip()


def test_the_healthcheck_is_0_only_while_serving(start, database):
    holder = database.hold_lock()
    run = start("--", "sh", "-c", "echo up; exec sleep 30", migrations=ONE, init=True).wait_for("waiting for the advisory lock")
    assert healthcheck(run) == (1, "locking")
    holder.close()
    run.wait_for("up")
    assert until(lambda: healthcheck(run) == (0, "serving"), 2)
    assert run.signal().finish().code == 143


def test_the_healthcheck_is_1_while_migrating(start, database):
    run = start("--", "true", migrations={"0001_slow.sql": "select pg_sleep(30);"}, init=True)
    until(lambda: database.running("pg_sleep(30)"))
    assert healthcheck(run) == (1, "migrating")
    assert run.signal().finish().code == 143


def test_the_healthcheck_is_1_where_nothing_runs(entrypoint):
    run = entrypoint("healthcheck", init=True, env={"DATABASE_URL": None})
    assert run.code == 1 and run.out != ""


@pytest.mark.parametrize("init", [False, True], ids=["child", "pid1"])
def test_what_the_application_leaves_and_has_to_be_killed_is_named(entrypoint, init):
    script = "trap '' TERM; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 30 & done; setsid sleep 31 & exit 5"
    done = entrypoint("--migrate", "off", "--orphan-grace", "300ms", "--", "sh", "-c", script, init=init)
    assert done.code == 5
    line = next(line for line in done.err.splitlines() if "they got SIGKILL" in line)
    assert "warning" in line and "grace_ms=300" in line and "count=13" in line and line.count(" sleep") == 10
    assert "they got SIGKILL" not in entrypoint("--migrate", "off", "--", "sh", "-c", "sleep 30 & exit 5", init=init).err
