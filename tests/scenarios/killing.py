"""Kills at random instants: the binary on one database until all migrations are applied, then on the next one."""

import contextlib
import os
import random
import signal
import threading
import time
from collections import Counter

import psycopg

from fingerprint import HISTORY, differences, fingerprint
from mixed_migrations import thirty
from runner import children_of, until

# How often each one is met. The last two make the server start again.
VICTIMS = {"prepare": 40, "process 1": 30, "pg_terminate_backend": 18, "SIGKILL of the backend": 6,
           "SIGKILL of the postmaster": 6}
LONGEST_DELAY = 0.7
LOCK_IS_FREE_WITHIN = 2
RECONNECTIONS = 4  # less than the binary has
OURS = "application_name like 'pg-entrypoint/%' and datname = current_database()"
LOCKED = ("locktype = 'advisory' and objsubid = 1 and granted and "
          "database = (select oid from pg_database where datname = current_database())")
STATEMENTS = ("create", "drop", "reindex", "vacuum", "insert", "alter", "do", "copy", "cluster", "refresh")


class Watcher:
    """A superuser's look at one database, which survives the server."""

    def __init__(self, url):
        self.url, self.connection = url, None

    def ask(self, query, timeout=20):
        deadline = time.monotonic() + timeout
        while True:
            try:
                if self.connection is None:
                    self.connection = psycopg.connect(self.url, autocommit=True, connect_timeout=5)
                cursor = self.connection.execute(query)
                return cursor.fetchall() if cursor.description else []
            except psycopg.OperationalError:
                self.close()
                assert time.monotonic() < deadline, f"the server did not come back within {timeout} s"
                time.sleep(0.02)

    def close(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None

    def worker(self):
        """The backend that has the lock: pid, state, query; else None."""
        rows = self.ask("select a.pid, a.state, a.query from pg_stat_activity a join pg_locks l using (pid) "
                        f"where {OURS} and {LOCKED} limit 1")
        return rows[0] if rows else None

    def in_steps(self):
        """Whether a file without transaction is under way."""
        exists = self.ask(f"select to_regclass('{HISTORY}') is not null")[0][0]
        return exists and bool(self.ask(f"select 1 from {HISTORY} where state = 'running'"))

    def lock_pids(self):
        return [pid for (pid,) in self.ask(f"select pid from pg_locks where {LOCKED}")]


class Traffic(threading.Thread):
    """An application that reads meanwhile: what runs CONCURRENTLY has to wait for its transactions, half done."""

    def __init__(self, url):
        super().__init__(daemon=True)
        self.url, self.ended = url, threading.Event()

    def run(self):
        while not self.ended.is_set():
            with contextlib.suppress(psycopg.Error), psycopg.connect(self.url, connect_timeout=5) as connection:
                while not self.ended.is_set():
                    for table in ("items", "events"):
                        with contextlib.suppress(psycopg.errors.UndefinedTable), connection.transaction():
                            connection.execute(f"select from {table} limit 1")
                            self.ended.wait(0.03)
            self.ended.wait(0.05)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.join(10)


def moment_of(worker, in_steps, log):
    """What the kill is about to meet."""
    if worker is None:
        after = any(text in log for text in ("migrations applied", "nothing to apply", "application started"))
        return "after the end" if after else "before the lock"
    _, state, query = worker
    query = query.lower()
    if query == "commit" and state == "active":
        return "in COMMIT"
    recording = "history\" set step" in query or "history\" set state" in query
    if in_steps and (recording or (state != "active" and query.startswith(STATEMENTS))):
        return "between a statement and its record"
    if in_steps and state == "active" and "concurrently" in query:
        return "in CONCURRENTLY"
    if in_steps:
        return "in a file without transaction"
    return "in a transactional file" if state != "idle" else "between two files"


class Killing:
    def __init__(self, cluster, start, seed):
        self.cluster, self.start = cluster, start
        self.random = random.Random(seed)
        self.files = thirty()
        self.moments, self.victims, self.starts, self.databases = Counter(), Counter(), 0, 0
        self.slowest_lock, self.resumed, self.mended, self.finalized = 0.0, 0, 0, 0

    @property
    def kills(self):
        return self.victims.total()

    def new_database(self):
        self.databases += 1
        name = f"killing_{self.databases}"
        with psycopg.connect(self.cluster.url, autocommit=True) as connection:
            connection.execute(f"create database {name} owner owner")
        with psycopg.connect(self.cluster.url_of("postgres", name), autocommit=True) as connection:
            connection.execute("alter schema public owner to pg_database_owner")  # as PostgreSQL 15 and later have it
        return name

    def drop_database(self, name):
        with psycopg.connect(self.cluster.url, autocommit=True) as connection:
            connection.execute(f"drop database {name} with (force)")

    def launch(self, name, *arguments, **options):
        self.starts += 1
        return self.start(*arguments, env={"DATABASE_URL": self.cluster.url_of("owner", name)}, migrations=self.files,
                          **options)

    def undisturbed(self):
        """The fingerprint of a database that nobody was killed in."""
        name = self.new_database()
        run = self.launch(name, "migrate")
        done = run.finish(60)
        assert done.code == 0, done.err
        found = fingerprint(self.cluster.url_of("postgres", name))
        self.drop_database(name)
        return found, done.seconds

    def until_killed(self, count, expected):
        """Database after database; each must be as the undisturbed one when all is applied."""
        while self.kills < count:
            name = self.new_database()
            watcher = Watcher(self.cluster.url_of("postgres", name))
            with contextlib.closing(watcher), Traffic(watcher.url):
                for _ in range(1000):
                    if self.one_start(name, watcher, count):
                        break
                else:
                    raise AssertionError("a thousand starts did not complete it")
                assert watcher.lock_pids() == []
            found = differences(expected, fingerprint(self.cluster.url_of("postgres", name)))
            assert not found, "\n".join(found)
            self.drop_database(name)

    def one_start(self, name, watcher, count):
        """True when it ended by itself: then all is applied."""
        serve = self.random.random() < 0.4
        init = serve or self.random.random() < 0.4
        run = self.launch(name, *(["--", "sleep", "60"] if serve else ["migrate"]), init=init)
        reconnections = 0
        while self.kills < count:
            time.sleep(self.random.uniform(0, LONGEST_DELAY))
            if run.process.poll() is not None:
                break
            names = list(VICTIMS)[:None if reconnections < RECONNECTIONS else 2]
            victim = self.random.choices(names, [VICTIMS[one] for one in names])[0]
            reconnections += 1
            if self.strike(run, victim, watcher):
                self.note(run)
                return False
        if serve:
            # Enough kills: this one may serve, and is then ended.
            until(lambda: "application started" in run.err or run.process.poll() is not None, 60, "the application")
            assert run.process.poll() is None, run.err
            run.signal(signal.SIGTERM)
        done = run.finish(60)
        self.note(run)
        assert done.code == (143 if serve else 0), f"this start should have completed:\n{done.err}"
        return True

    def note(self, run):
        self.resumed += run.err.count("resuming an interrupted ")
        self.mended += run.err.count("left an INVALID index: dropping it")
        self.finalized += run.err.count("left half detached")

    def strike(self, run, victim, watcher):
        """Kills; True when that ended the process."""
        pid = self.pid_of(run)
        child = next(iter(children_of(pid)), None) if pid else None
        worker = watcher.worker()
        moment = moment_of(worker, worker is not None and watcher.in_steps(), run.err)
        if victim == "prepare" and (child is None or "application started" in run.err):
            victim = "process 1"
        if "backend" in victim and worker is None:
            victim = "process 1"
        self.moments[moment] += 1
        self.victims[victim] += 1
        began = time.monotonic()
        if victim == "pg_terminate_backend":
            watcher.ask(f"select pg_terminate_backend({worker[0]})")
        elif victim == "SIGKILL of the backend":
            self.kill(worker[0])
        elif victim == "SIGKILL of the postmaster":
            self.cluster.kill()
            watcher.close()
            self.cluster.start_again()
            began = time.monotonic()
        elif victim == "prepare":
            self.kill(child)
            self.end_of_prepare(run)
        else:
            self.kill(pid or run.process.pid)
            self.end_of_process_1(run)
        ended = victim in ("prepare", "process 1")
        if "SIGKILL" in victim:
            watcher.ask("select 1")  # the server is back
            began = time.monotonic()
        # One that lives on takes the lock again, in another session.
        gone = (lambda: not watcher.lock_pids()) if ended else (lambda: not worker or worker[0] not in watcher.lock_pids())
        until(gone, LOCK_IS_FREE_WITHIN, "a free lock")
        self.slowest_lock = max(self.slowest_lock, time.monotonic() - began)
        return ended

    @staticmethod
    def pid_of(run):
        if not run.init:
            return run.process.pid
        return next(iter(children_of(run.process.pid)), None)

    @staticmethod
    def kill(pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def end_of_process_1(self, run):
        done = run.finish(10)
        assert done.code in (137, -signal.SIGKILL, 0), f"{done.code}:\n{done.err}"  # 0: it ended just before

    def end_of_prepare(self, run):
        """A kill that came too late finds the application started: then process 1 is ended, too."""
        until(lambda: run.process.poll() is not None or "application started" in run.err, 10, "an end")
        if run.process.poll() is None:
            self.kill(self.pid_of(run))
            return self.end_of_process_1(run)
        done = run.finish(10)
        assert done.code in (70, 0), f"{done.code}:\n{done.err}"

    def figures(self):
        def table(counts):
            return "\n".join(f"  {count:5}  {name}" for name, count in counts.most_common())
        return (f"{self.kills} kills in {self.starts} starts on {self.databases - 1} databases\n"
                f"victims:\n{table(self.victims)}\nmoments:\n{table(self.moments)}\n"
                f"resumed {self.resumed} times, invalid indexes mended {self.mended} times, "
                f"half detached partitions {self.finalized} times; "
                f"lock free after at most {self.slowest_lock:.2f} s")
