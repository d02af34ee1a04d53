"""A migrator of the project's own, as a child under our lock: its environment, its output, its end."""

import os
import signal
import time

import pytest

from conftest import ENCODED
from runner import children_of, state_of, until

STATE = "select id from state order by 1"


@pytest.fixture
def migrator(tmp_path):
    """A migrator that is a shell script; returns the options that name it and its one input."""

    def write(body, *options):
        script = tmp_path / "migrator.sh"
        script.write_text("#!/bin/sh\n" + body)
        script.chmod(0o755)
        inputs = tmp_path / "inputs"
        inputs.mkdir(exist_ok=True)
        (inputs / "one.sql").touch()
        return ["--migrator", "./migrator.sh 'with blank' \"\"", "--migrator-inputs", "inputs", "--migrator-state", STATE,
                *options]

    return write


def runs(tmp_path):
    """How often the migrator has run."""
    record = tmp_path / "runs"
    return len(record.read_text().splitlines()) if record.exists() else 0


MAKE_STATE = ('psql -qX "$DATABASE_URL" -c "create table if not exists state (id integer); insert into state values (1)"'
              ' && echo once >> runs')


def test_it_runs_once_and_the_next_start_costs_no_lock(entrypoint, migrator, database, tmp_path):
    options = migrator(MAKE_STATE)
    first = entrypoint(*options, "--", "echo", "started")
    assert (first.code, first.out) == (0, "started\n")
    assert "migrator started" in first.err and "advisory lock acquired" in first.err
    second = entrypoint(*options, "--", "echo", "started")
    assert (second.code, second.out) == (0, "started\n")
    assert "advisory lock" not in second.err and "migrator started" not in second.err
    assert "nothing to do" in second.err
    assert runs(tmp_path) == 1
    assert database.rows("select kind, migrator, state_left from pgentrypoint.facts") == [("run", "migrator.sh", "1\n")]
    assert database.history() == []


@pytest.mark.parametrize("change", ["input", "new file", "state", "command", "cache off"])
def test_it_runs_again_when_something_has_changed(entrypoint, migrator, database, tmp_path, change):
    options = migrator(MAKE_STATE)
    assert entrypoint(*options, "--", "true").code == 0
    match change:
        case "input": (tmp_path / "inputs" / "one.sql").write_text("changed")
        case "new file": (tmp_path / "inputs" / "two.sql").touch()
        case "state": database.execute("insert into state values (7)")
        case "command": options[1] += " more"
        case "cache off": options += ["--migrator-cache", "off"]
    done = entrypoint(*options, "--", "echo", "started")
    assert (done.code, done.out) == (0, "started\n")
    assert runs(tmp_path) == 2


def test_without_inputs_or_state_it_runs_at_each_start_and_says_so(entrypoint, migrator, tmp_path):
    options = migrator(MAKE_STATE)[:2]
    for _ in range(2):
        done = entrypoint(*options, "--", "true")
        assert done.code == 0 and "the migrator runs at every start" in done.err
    assert runs(tmp_path) == 2


@pytest.mark.parametrize("options,missing", [
    ([], "--migrator-inputs and --migrator-state are not set"),
    (["--migrator-state", STATE], "--migrator-inputs is not set"),
    (["--migrator-inputs", "inputs"], "--migrator-state is not set"),
    (["--migrator-inputs", "env:HOME", "--migrator-state", STATE], "--migrator-inputs names no file or folder"),
    (["--migrator-inputs", "env:HOME"], "--migrator-inputs names no file or folder, and --migrator-state is not set"),
], ids=["both", "inputs", "state", "files", "files_and_state"])
def test_what_is_missing_for_a_receipt_is_said(entrypoint, migrator, options, missing):
    done = entrypoint(*migrator(MAKE_STATE)[:2], *options, "--", "true")
    (line,) = [line for line in done.err.splitlines() if "the migrator runs at every start" in line]
    assert done.code == 0 and line.endswith(f"the migrator runs at every start: {missing}"), done.err


def test_a_state_that_cannot_be_read_means_a_run_and_no_receipt(entrypoint, migrator, database, tmp_path):
    options = migrator("echo once >> runs")
    for _ in range(2):
        done = entrypoint(*options, "--", "true")
        assert done.code == 0 and "no receipt: the state cannot be read" in done.err
    assert runs(tmp_path) == 2 and database.history() == []


def test_an_older_image_starts_on_the_schema_of_a_newer_one(entrypoint, migrator, database, tmp_path):
    old = migrator(MAKE_STATE)
    assert entrypoint(*old, "--", "true").code == 0
    (tmp_path / "inputs" / "two.sql").touch()
    (tmp_path / "migrator.sh").write_text("#!/bin/sh\n" + MAKE_STATE.replace("(1)", "(2)"))
    assert entrypoint(*old, "--", "true").code == 0
    (tmp_path / "inputs" / "two.sql").unlink()
    back = entrypoint(*old, "--", "echo", "started")
    assert (back.code, back.out) == (0, "started\n")
    assert "ahead of this image" in back.err and runs(tmp_path) == 2
    # Taken back by hand: the receipt of the newer one does not fit any more.
    database.execute("delete from state where id = 2")
    assert "nothing to do" in entrypoint(*old, "--", "true").err
    (tmp_path / "inputs" / "two.sql").touch()
    assert entrypoint(*old, "--", "true").code == 0
    assert runs(tmp_path) == 3


def test_after_the_old_image_had_to_run_again_the_new_one_is_not_taken_for_old(entrypoint, migrator, database, tmp_path):
    options = migrator(MAKE_STATE)
    assert entrypoint(*options, "--", "true").code == 0
    (tmp_path / "inputs" / "two.sql").touch()
    (tmp_path / "migrator.sh").write_text("#!/bin/sh\n" + MAKE_STATE.replace("(1)", "(2)"))
    assert entrypoint(*options, "--", "true").code == 0
    (tmp_path / "inputs" / "two.sql").unlink()
    database.execute("delete from state")
    (tmp_path / "migrator.sh").write_text("#!/bin/sh\n" + MAKE_STATE)
    assert entrypoint(*options, "--", "true").code == 0
    assert runs(tmp_path) == 3
    (tmp_path / "inputs" / "two.sql").touch()
    assert "migrator started" in entrypoint(*options, "--", "true").err
    assert runs(tmp_path) == 4


def test_its_words_and_its_environment(entrypoint, migrator, database, tmp_path):
    options = migrator('printf "<%s>" "$@" > words; env > environment; cat > stdin; id -u > uid',
                       "--lock-timeout", "7s", "--role", "owner")
    secret = database.url_of("owner", scheme="postgresql+asyncpg")
    done = entrypoint(*options, "--", "sh", "-c", f"test \"$DATABASE_URL\" = '{database.url}' && echo $PGOPTIONS", env={"MIGRATE_DATABASE_URL": secret, "PGOPTIONS": "-c a.b=c",
                                                              "OTHER": "stays", "PG_ENTRYPOINT_QUIET": "true"})
    assert done.code == 0, done.err
    assert (tmp_path / "words").read_text() == "<with blank><>"
    given = dict(line.split("=", 1) for line in (tmp_path / "environment").read_text().splitlines())
    assert given["DATABASE_URL"] == secret and given["OTHER"] == "stays"
    assert given["PGOPTIONS"].startswith("-c a.b=c -c client_connection_check_interval=500 -c tcp_keepalives_idle=5 ")
    assert given["PGOPTIONS"].endswith(" -c statement_timeout=0 -c lock_timeout=7000 -c role=owner")
    assert not any(name.startswith(("PG_ENTRYPOINT", "MIGRATE_")) for name in given)
    assert (tmp_path / "stdin").read_text() == ""
    # The application has its own URL, and no options of ours.
    assert done.out == "-c a.b=c\n"


def test_its_output_goes_through_our_log_and_passwords_are_masked(entrypoint, migrator):
    options = migrator('echo to stdout; echo to stderr >&2; printf "no line end"; printf "\\n\\n"; echo "$DATABASE_URL"')
    done = entrypoint(*options, "--log-format", "json", "--", "true")
    lines = [event["message"] for event in done.events() if event["message"].startswith("migrator.sh: ")]
    assert lines[:3] == ["migrator.sh: to stdout", "migrator.sh: to stderr", "migrator.sh: no line end"]
    assert "***" in lines[3]
    assert done.out == ""


@pytest.mark.parametrize("before", [1980, 1995, 2000, 2980])
def test_a_long_line_is_cut_where_no_password_is(entrypoint, migrator, before):
    options = migrator(f'printf "%0{before}d %s %04000d\\n" 0 "$DATABASE_URL" 0')
    done = entrypoint(*options, "--log-format", "json", "--", "true")
    said = "".join(event["message"].removeprefix("migrator.sh:") for event in done.events()
                   if event["message"].startswith("migrator.sh:"))
    assert "owner:***@" in said and said.count("0") >= before + 4000 and ENCODED not in done.err


def test_a_failure_is_76_and_the_cause_comes_last(entrypoint, migrator, database):
    done = entrypoint(*migrator("echo 'why it failed'; exit 3"), "--", "echo", "started")
    assert done.code == 76 and done.out == ""
    lines = done.err.splitlines()
    assert any("migrator.sh: why it failed" in line for line in lines)
    assert "the migrator exited with status 3: ./migrator.sh 'with blank'" in lines[-1]
    assert database.lock_is_free() and database.history() == []


def test_a_kill_below_a_shell_has_the_reason_of_a_direct_one(entrypoint, migrator):
    direct, below = (entrypoint("--migrator", command, "--", "true") for command in
                     (migrator("kill -9 $$")[1], "sh -c './migrator.sh; exit $?'"))
    assert (direct.code, below.code) == (76, 76)
    assert "the migrator was killed by signal 9" in direct.err and "signal 9 has killed a process" in below.err
    reason = direct.err.splitlines()[-1].partition("hint=")[2]
    assert "somebody sent the signal" in reason and below.err.splitlines()[-1].endswith(reason)


def test_it_is_tried_again_as_often_as_asked(entrypoint, migrator, tmp_path):
    options = migrator("echo once >> runs; [ $(wc -l < runs) = 3 ]", "--migrator-retries", "2")
    assert entrypoint(*options, "--", "true").code == 0
    assert runs(tmp_path) == 3
    (tmp_path / "runs").unlink()
    options = migrator("echo once >> runs; false", "--migrator-retries", "1")
    assert entrypoint(*options, "--", "true").code == 76
    assert runs(tmp_path) == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("init", [False, True], ids=["child", "pid1"])
def test_a_stop_is_passed_on(start, migrator, database, tmp_path, number, init):
    options = migrator("trap 'echo got it > stopped; exit 9' TERM INT; echo ready; while :; do sleep 0.05; done")
    run = start(*options, "--", "echo", "started", init=init).wait_for("ready")
    done = run.signal(number).finish()
    assert done.code == 128 + number and "started" not in done.out
    assert (tmp_path / "stopped").read_text() == "got it\n"
    until(database.lock_is_free, 1, "a free lock")


def test_one_that_does_not_hear_is_killed_with_all_its_group(start, migrator, database, tmp_path):
    options = migrator("trap '' TERM; sleep 61 & echo $! > pid; echo ready; wait; sleep 62")
    run = start(*options, "--", "echo", "started").wait_for("ready")
    done = run.signal().finish()
    assert done.code == 143 and done.seconds_after_signal < 3.5
    until(lambda: state_of(int((tmp_path / "pid").read_text())) in (None, "Z"), what="the end of its child")


def test_what_it_leaves_behind_ends_with_it(entrypoint, migrator, tmp_path):
    options = migrator("sh -c \"trap '' TERM; while :; do echo busy; sleep 0.01; done\" & echo $! > pid; sleep 0.1")
    done = entrypoint(*options, "--", "echo", "started")
    assert (done.code, done.out) == (0, "started\n")
    until(lambda: state_of(int((tmp_path / "pid").read_text())) in (None, "Z"), what="the end of its child")


def test_one_that_writes_without_an_end_is_stopped_all_the_same(start, migrator):
    done = start(*migrator("echo ready; exec yes"), "--", "true").wait_for("ready").signal().finish()
    assert done.code == 143 and done.seconds_after_signal < 3


def test_a_second_stop_kills_it_at_once(start, migrator):
    run = start(*migrator("trap '' TERM; echo ready; sleep 60"), "--", "true").wait_for("ready")
    run.signal()
    time.sleep(0.2)
    done = run.signal().finish()
    assert done.code == 143 and done.seconds_after_signal < 1.5


def test_on_stop_finish_lets_it_end(start, migrator, tmp_path):
    options = migrator(MAKE_STATE + "; echo ready; sleep 1.5; echo done > finished", "--on-stop", "finish")
    done = start(*options, "--", "echo", "started").wait_for("ready").signal().finish()
    assert done.code == 143 and "started" not in done.out
    assert (tmp_path / "finished").exists()


def test_killing_process_1_kills_it(start, migrator, tmp_path):
    run = start(*migrator("echo $$ > pid; echo ready; exec sleep 60"), "--", "true", init=True).wait_for("ready")
    inner = until(lambda: children_of(run.pid))[0]
    sleeping = until(lambda: children_of(inner))[0]
    run.signal(signal.SIGKILL).finish()
    until(lambda: state_of(sleeping) in (None, "Z"), 2, "its end")


def test_killing_the_preparing_process_kills_it(start, migrator):
    run = start(*migrator("echo ready; exec sleep 60"), "--", "true").wait_for("ready")
    inner = until(lambda: children_of(run.pid))[0]
    sleeping = until(lambda: children_of(inner))[0]
    os.kill(inner, signal.SIGKILL)
    assert run.finish().code == 70
    until(lambda: state_of(sleeping) in (None, "Z"), 2, "its end")


def test_when_the_lock_is_lost_it_is_stopped_and_run_again_later(start, migrator, database, tmp_path):
    options = migrator("echo once >> runs; [ $(wc -l < runs) -gt 1 ] || { echo ready; sleep 60; }; " + MAKE_STATE)
    run = start(*options, "--", "echo", "started").wait_for("ready")
    database.execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'pg-entrypoint/%%' and "
                     "datname = current_database()")
    done = run.finish(20)
    assert (done.code, done.out) == (0, "started\n")
    assert "reconnecting to see" in done.err
    assert (tmp_path / "runs").read_text().count("once") == 3


def test_replicas_run_it_once(start, migrator, in_parallel, tmp_path):
    options = migrator("sleep 0.5; " + MAKE_STATE)
    replicas = [start(*options, "--", "echo", "started") for _ in range(5)]
    results = in_parallel([replica.finish for replica in replicas])
    assert [(done.code, done.out) for done in results] == [(0, "started\n")] * 5
    assert runs(tmp_path) == 1


def test_replicas_each_run_one_that_is_not_judged_in_turn(start, migrator, in_parallel, tmp_path):
    options = migrator("mkdir here || exit 9\nsleep 0.3\nrmdir here\necho once >> runs\n")[:2]
    replicas = [start(*options, "--", "echo", "started") for _ in range(3)]
    results = in_parallel([replica.finish for replica in replicas])
    assert [(done.code, done.out) for done in results] == [(0, "started\n")] * 3
    assert runs(tmp_path) == 3


@pytest.mark.parametrize("arguments,code,sentence", [
    (["--migrator", "no-such-migrator up", "--", "true"], 127, "no-such-migrator"),
    (["--migrator-inputs", ".", "--", "true"], 64, "need --migrator"),
    (["--migrator", "a && b", "--", "true"], 64, "no shell is started"),
    (["--migrator", "true", "--dir", "migrations", "--", "true"], 64, "cannot be combined"),
    (["--migrator", "true", "--to", "3", "--", "true"], 64, "--to works with SQL migration files only"),
    (["--migrator", "true", "--search-path", "x", "--", "true"], 64, "--search-path"),
    (["down", "--migrator", "true"], 64, "the migrator's own commands"),
    (["--migrator", "true", "--migrator-inputs", "none", "--migrator-state", "select 1", "--", "true"], 66, "none"),
])
def test_what_does_not_fit(entrypoint, arguments, code, sentence):
    done = entrypoint(*arguments)
    assert done.code == code and sentence in done.err and done.out == ""


def test_check_and_status_know_the_receipts(entrypoint, migrator, tmp_path):
    options = migrator(MAKE_STATE)
    before = entrypoint("check", *options)
    assert before.code == 3 and before.out.startswith("pending ./migrator.sh")
    refused = entrypoint("--migrate", "check", *options, "--", "echo", "started")
    assert refused.code == 75 and refused.out == "" and runs(tmp_path) == 0
    assert entrypoint("migrate", *options).code == 0
    assert entrypoint("check", *options).code == 0
    assert entrypoint("--migrate", "check", *options, "--", "echo", "started").out == "started\n"
    assert "migrator.sh" in entrypoint("status", *options).out
    assert '"state": "1\\n"' in entrypoint("status", "--json", *options).out


def test_the_guards_for_migrations_of_ours_do_not_apply(entrypoint, migrator, database):
    database.execute("create table theirs (id integer)", user="owner")
    assert entrypoint(*migrator(MAKE_STATE), "--", "true").code == 0


def test_where_there_is_an_alembic_project_the_missing_directory_names_the_option(entrypoint, tmp_path):
    (tmp_path / "alembic.ini").write_text("[alembic]\n")
    done = entrypoint("--", "true")
    assert done.code == 66 and "--migrator 'alembic upgrade head'" in done.err
