"""--metrics-file: what a start has done, as Prometheus text that node-exporter's textfile collector reads."""

import contextlib
import os
import pathlib
import signal
import stat
import subprocess
import sys
import tempfile
import time

import pytest

import exposition
from runner import children_of, until

FILES = {f"000{number}_{name}.sql": f"create table {name} (id integer);" for number, name in enumerate(("one", "two", "three"), 1)}
BROKEN = FILES | {"0002_two.sql": "select nope;"}
STUCK = [sys.executable, str(pathlib.Path(__file__).with_name("refused_call.py")), "stuck:rename"]
SERVE = ["--", "echo", "started"]
WARNING = "warning the metrics file could not be written"


@pytest.fixture
def metrics(tmp_path):
    """The file; called, it returns {name: value, or {label's value: value}} of what is in it."""

    class Metrics:
        path = tmp_path / "shop.prom"
        option = ["--metrics-file", path]

        def __call__(self, text=None):
            found = {}
            for (name, labels), number in exposition.read(text or self.path.read_text()).items():
                own = {label: value for label, value in labels if label != "source"}
                assert dict(labels)["source"] == "shop"
                name = name.removeprefix("pg_entrypoint_")
                if name in ("phase_seconds", "result"):
                    found.setdefault(name, {})[own["phase" if name == "phase_seconds" else "result"]] = number
                else:
                    found[name] = own if name == "info" else number
            return found

    return Metrics()


@contextlib.contextmanager
def small_disk(*options):
    with tempfile.TemporaryDirectory(prefix="pge-disk.") as directory:
        subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join(["size=16k", *options]), "tmpfs", directory], check=True)
        try:
            yield pathlib.Path(directory)
        finally:
            subprocess.run(["umount", "--lazy", directory], check=True)


# What is in it

def test_it_is_there_before_the_application_starts(entrypoint, metrics):
    done = entrypoint(*metrics.option, "--", "cat", metrics.path, migrations=FILES)
    assert done.code == 0, done.err
    seen = metrics(done.out)
    assert seen["result"] == {"ok": 1, "failed": 0, "stopped": 0} and seen["exit_code"] == 0
    assert (seen["migrations_applied"], seen["migrations_pending"]) == (3, 0)
    assert seen["info"]["command"] == "run" and seen["info"]["version"][0].isdigit()
    assert seen["phase_seconds"].keys() == {"database", "lock", "migrations", "migrate"}
    assert seen["phase_seconds"]["migrate"] > 0 and seen["phase_seconds"]["migrations"] == 0
    assert seen["waiting_seconds"] == pytest.approx(sum(seen["phase_seconds"].values()) - seen["phase_seconds"]["migrate"], abs=0.005)
    assert 0 <= time.time() - seen["finished_timestamp_seconds"] < 60
    # What the application does later is not a start's result.
    again = entrypoint("--", "sh", "-c", "exit 3", env={"PG_ENTRYPOINT_METRICS_FILE": metrics.path})
    assert again.code == 3 and metrics()["result"]["ok"] == 1
    assert (metrics()["migrations_applied"], metrics()["migrations_pending"]) == (0, 0)


def test_a_failure_says_what_was_applied_and_what_is_left(entrypoint, metrics):
    done = entrypoint("migrate", *metrics.option, migrations=BROKEN)
    assert done.code == 76
    seen = metrics()
    assert seen["result"] == {"ok": 0, "failed": 1, "stopped": 0} and seen["exit_code"] == 76
    assert (seen["migrations_applied"], seen["migrations_pending"]) == (1, 2) and seen["info"]["command"] == "migrate"


@pytest.mark.parametrize("options, code", [(["--wait-timeout", "300ms"], 69), (["--user", "nobody-there"], 78)], ids=["no database", "no user"])
def test_a_start_that_came_to_no_migration_counts_none(entrypoint, metrics, options, code):
    url = {"DATABASE_URL": "postgresql://owner@127.0.0.1:1/none"}
    assert entrypoint(*metrics.option, *options, *SERVE, migrations=FILES, env=url).code == code
    seen = metrics()
    assert seen["exit_code"] == code and seen["result"]["failed"] == 1
    assert "migrations_applied" not in seen and "migrations_pending" not in seen
    assert (seen["phase_seconds"]["database"] >= 0.3) == (code == 69)


def test_a_command_that_is_not_found_is_a_failure(entrypoint, metrics):
    assert entrypoint(*metrics.option, "--", "nowhere", migrations=FILES).code == 127
    assert metrics()["exit_code"] == 127 and metrics()["result"]["failed"] == 1


def test_a_stop_says_so_and_the_time_until_it_counts(start, database, metrics):
    holder = database.hold_lock()
    run = start(*metrics.option, *SERVE, migrations=FILES).wait_for("waiting for the advisory lock")
    until(lambda: database.backends() == 0, what="a waiter without a connection")
    time.sleep(0.6)  # which counts as well
    assert run.signal().finish().code == 143
    holder.close()
    seen = metrics()
    assert seen["result"] == {"ok": 0, "failed": 0, "stopped": 1} and seen["exit_code"] == 143
    assert 0.6 <= seen["phase_seconds"]["lock"] < 5 and seen["migrations_pending"] == 3
    assert seen["waiting_seconds"] >= seen["phase_seconds"]["lock"]


def test_of_a_stage_that_was_killed_nothing_is_made_up(start, database, metrics):
    run = start(*metrics.option, *SERVE, migrations={"0001_slow.sql": "select pg_sleep(20);"})
    until(lambda: database.running("pg_sleep(20)"))
    time.sleep(0.2)
    os.kill(children_of(run.pid)[0], signal.SIGKILL)
    assert run.finish().code == 70
    seen = metrics()
    assert seen["exit_code"] == 70 and 0.2 <= seen["phase_seconds"]["migrate"] < 10
    assert "migrations_applied" not in seen and "migrations_pending" not in seen


def test_who_waits_for_somebody_else_counts_that_time(start, entrypoint, metrics):
    worker = start("wait", "--for-migrations", *metrics.option, migrations=FILES).wait_for("waiting for migrations")
    time.sleep(0.3)
    assert entrypoint("migrate").code == 0
    assert worker.finish().code == 0
    seen = metrics()
    assert seen["info"]["command"] == "wait" and seen["migrations_applied"] == seen["migrations_pending"] == 0
    assert seen["phase_seconds"]["migrations"] >= 0.3 and seen["phase_seconds"]["lock"] == seen["phase_seconds"]["migrate"] == 0


def test_a_migrators_run_is_one(entrypoint, metrics):
    options = ["--migrator", "true", "--migrator-inputs", "/etc/hostname", "--migrator-state", "select 1"]
    for applied in (1, 0):
        assert entrypoint(*metrics.option, *options, *SERVE).code == 0
        assert (metrics()["migrations_applied"], metrics()["migrations_pending"]) == (applied, 0)
    assert entrypoint("migrate", *metrics.option, "--migrator", "false").code == 76
    assert (metrics()["migrations_applied"], metrics()["migrations_pending"]) == (0, 1)


def test_through_a_pooler_the_same_is_counted(entrypoint, metrics):
    assert entrypoint("migrate", "--allow-pooler", *metrics.option, migrations=FILES).code == 0
    assert (metrics()["migrations_applied"], metrics()["migrations_pending"]) == (3, 0)
    assert metrics()["phase_seconds"]["migrate"] > 0


def test_without_the_option_and_by_other_commands_nothing_is_written(entrypoint, metrics, tmp_path):
    entrypoint(*SERVE, migrations=FILES)
    for command in (["status"], ["check"], ["baseline", "1"], ["healthcheck"]):
        entrypoint(*command, *metrics.option)
    assert not list(tmp_path.glob("shop.prom*"))


@pytest.mark.parametrize("name, source", [(b"shop", "shop"), (b"a b.prom", "a b"), (b'q"uo\\te.prom', 'q"uo\\te'), (b"f\xc3\xbcr.prom", "für"),
                                          (b"\xff\xfe.prom", "??"), (b"two\nlines.prom", "two\nlines"), (b".prom", ".prom")])
def test_the_source_is_the_name_of_the_file(entrypoint, tmp_path, name, source):
    path = os.path.join(os.fsencode(tmp_path), name)
    done = entrypoint("wait", env={"PG_ENTRYPOINT_METRICS_FILE": os.fsdecode(path)})
    assert done.code == 0, done.err
    with open(path, "rb") as file:
        series = exposition.read(file.read().decode())
    assert {dict(labels)["source"] for _, labels in series} == {source}


# How it is written

def test_a_reader_sees_the_old_file_or_the_new_one(entrypoint, metrics, tmp_path):
    metrics.path.write_text("the old one\n")
    with metrics.path.open() as reader:
        assert entrypoint(*metrics.option, *SERVE, migrations=FILES).code == 0
        assert reader.read() == "the old one\n"
    assert metrics()["exit_code"] == 0
    assert [path.name for path in tmp_path.iterdir() if "prom" in path.name] == ["shop.prom"]


def test_everybody_may_read_it(start, metrics):
    before = os.umask(0o077)
    try:
        done = start(*metrics.option, *SERVE, migrations=FILES).finish()
    finally:
        os.umask(before)
    assert done.code == 0 and stat.S_IMODE(metrics.path.stat().st_mode) == 0o644


def full(directory):
    with contextlib.suppress(OSError), (directory / "filler").open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)


@pytest.mark.parametrize("what", ["full", "read-only", "no directory", "a directory"])
def test_a_disk_that_does_not_take_it_stops_no_start_and_is_told_once(entrypoint, what):
    with small_disk() as disk:
        path = disk / "shop.prom"
        if what == "a directory":
            path.mkdir()
        elif what == "no directory":
            path = disk / "nowhere" / "shop.prom"
        else:
            path.write_text("the old one\n")
        if what == "full":
            full(disk)
        if what == "read-only":
            subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        names = sorted(entry.name for entry in disk.iterdir())
        done = entrypoint("--metrics-file", path, *SERVE, migrations=FILES)
        assert (done.code, done.out) == (0, "started\n"), done.err
        assert done.err.count(WARNING) == 1 and f"file={path} " in done.err
        assert sorted(entry.name for entry in disk.iterdir()) == names
        if what in ("full", "read-only"):
            assert path.read_text() == "the old one\n"
        failed = entrypoint("migrate", "--metrics-file", path, migrations=BROKEN | {"0004_four.sql": "select nope;"})
        assert failed.code == 65 and WARNING not in failed.err, "the cause is the last line"


def test_a_file_system_that_does_not_answer_holds_no_start_up(entrypoint, metrics):
    done = entrypoint(*metrics.option, *SERVE, migrations=FILES, within=STUCK)
    assert (done.code, done.out) == (0, "started\n"), done.err
    assert 2 <= done.seconds < 6 and done.err.count(WARNING) == 1 and "does not answer" in done.err
    assert not metrics.path.exists()


def test_a_stop_ends_a_start_whose_file_system_does_not_answer(start, database, metrics):
    run = start(*metrics.option, *SERVE, migrations=FILES, within=STUCK).wait_for("migrations applied")
    until(database.lock_is_free)
    time.sleep(0.2)
    done = run.signal().finish()
    assert done.code == 143 and "started" not in done.out and done.seconds_after_signal < 5


# The reader of these tests

FAMILY = "# HELP a_b What it is.\n# TYPE a_b gauge\n"


def test_the_strict_reader_reads_what_is_valid():
    assert exposition.read(FAMILY + 'a_b{x="1",y="q\\"\\\\\\n"} 1.5\na_b 2\n') == {
        ("a_b", (("x", "1"), ("y", 'q"\\\n'))): 1.5, ("a_b", ()): 2}


@pytest.mark.parametrize("text", [
    FAMILY + "a_b 1", FAMILY, "a_b 1\n", FAMILY + "c 1\n", FAMILY + "a_b one\n", FAMILY + "a_b 1\na_b 1\n", FAMILY + 'a_b{x="1} 1\n',
    FAMILY + 'a_b{x="1",x="2"} 1\n', FAMILY + 'a_b{x="\\t"} 1\n', FAMILY + "a-b 1\n", FAMILY + "a_b  1\n", FAMILY + "a_b 1\n\n",
    "# TYPE a_b gauge\na_b 1\n", FAMILY + "a_b 1\n" + FAMILY.replace("a_b", "c") + "c 1\na_b 2\n", FAMILY + "a_b 1\n" + FAMILY + "a_b 2\n",
    FAMILY.replace("gauge", "gage") + "a_b 1\n", "# a comment\n" + FAMILY + "a_b 1\n"])
def test_the_strict_reader_refuses_what_is_not(text):
    with pytest.raises(AssertionError):
        exposition.read(text)
