"""Two binaries side by side: medians of interleaved runs, and counts of system calls and of messages to the server."""

import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

import psycopg

OLD, NEW, PAIRS = sys.argv[1], sys.argv[2], int(sys.argv[3])
URL = os.environ["PGE_TEST_URL"]
FILES = 10


def environment(directory):
    return {"PATH": os.environ["PATH"], "DATABASE_URL": URL, "PG_ENTRYPOINT_DIR": str(directory), "PG_ENTRYPOINT_QUIET": "true"}


def run(binary, directory, *prefix):
    began = time.perf_counter()
    subprocess.run([*prefix, binary, "migrate", "--allow-existing"], env=environment(directory), check=True, stderr=subprocess.PIPE)
    return (time.perf_counter() - began) * 1000


def empty(connection):
    connection.execute("drop schema if exists pgentrypoint cascade; drop schema public cascade; create schema public")


def counted(binary, directory):
    """System calls of all its processes, and how many messages went to a socket."""
    with tempfile.NamedTemporaryFile("r") as trace:
        run(binary, directory, "strace", "-f", "-q", "-o", trace.name)
        lines = trace.read().splitlines()
    calls = [found[1] for line in lines if (found := re.match(r"\d+ +(\w+)\(", line))]
    return len(calls), calls.count("sendto")


def compare(name, directory, prepare):
    times = {"old": [], "new": [], "control": []}
    for index in range(PAIRS):
        order = ["old", "new", "control"]
        for who in order[index % 3:] + order[:index % 3]:
            prepare()
            times[who].append(run(NEW if who == "new" else OLD, directory))
    old, new, control = (statistics.median(times[who]) for who in ("old", "new", "control"))
    print(f"{name}: old {old:.2f} ms, new {new:.2f} ms, ratio {new / old:.3f}; control {control / old:.3f}; {PAIRS} rounds")
    for who, binary in (("old", OLD), ("new", NEW)):
        prepare()
        calls, messages = counted(binary, directory)
        print(f"  {who}: {calls} system calls, {messages} messages to the server")


with tempfile.TemporaryDirectory() as folder, psycopg.connect(URL, autocommit=True) as connection:
    migrations = pathlib.Path(folder)
    for number in range(1, FILES + 1):
        (migrations / f"{number:04}_t.sql").write_text(f"create table t{number} (id integer);\ncreate index on t{number} (id);\n")
    compare(f"apply {FILES} files", migrations, lambda: empty(connection))
    empty(connection)
    run(OLD, migrations)
    compare(f"nothing pending, {FILES} files", migrations, lambda: None)
