"""Medians of interleaved runs; see apply."""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

import psycopg

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests/scenarios"))

from delay_proxy import DelayProxy  # noqa: E402

BINARY = os.environ["PGE_BINARY"]
FLOOR = os.environ.get("PGE_FLOOR", str(ROOT / "build/release-static/bench/apply-floor"))
DBMATE = ROOT / "build/bench/node_modules/@dbmate/linux-x64/bin/dbmate"
SERVER = urllib.parse.urlsplit(os.environ["PGE_TEST_URL"])
ADMIN = os.environ["PGE_TEST_URL"]
QUICK = "--quick" in sys.argv
ROUNDS = 5 if QUICK else 21


def url(port=SERVER.port):
    return f"postgresql://{SERVER.username}:{SERVER.password}@127.0.0.1:{port}/bench?sslmode=disable"


def write_files(directory, count):
    """Two statements each. dbmate wants its marker lines, which are comments for psql and the floor."""
    for number in range(1, count + 1):
        text = f"-- migrate:up\ncreate table t{number} (id integer);\ncreate index on t{number} (id);\n-- migrate:down\n"
        (directory / f"{number:06}_t.sql").write_text(text)
    return sorted(map(str, directory.iterdir()))


def commands(directory, files, at):
    given = [word for name in files for word in ("-f", name)]
    all_of_them = {
        "floor": [FLOOR, at, directory],
        "pg-entrypoint": ["env", f"DATABASE_URL={at}", BINARY, "migrate", "--quiet", "--dir", directory],
        "psql": ["psql", "-qX", "-v", "ON_ERROR_STOP=1", *given, at],
    }
    if DBMATE.exists():
        all_of_them["dbmate"] = [DBMATE, "--url", at, "--migrations-dir", directory, "--no-dump-schema", "up"]
    return all_of_them


def seconds(command):
    """In a database that has just been created."""
    with psycopg.connect(ADMIN, autocommit=True) as connection:
        connection.execute("drop database if exists bench with (force)")
        connection.execute("create database bench")
    began = time.perf_counter()
    subprocess.run([str(word) for word in command], env={"PATH": os.environ["PATH"]}, check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return time.perf_counter() - began


def tell(title, taken):
    floor = statistics.median(taken["floor"])
    print(f"{title}, {len(taken['floor'])} rounds")
    for name, values in taken.items():
        median = statistics.median(values)
        print(f"  {name:14} median {median * 1000:8.1f} ms   min {min(values) * 1000:8.1f}   max {max(values) * 1000:8.1f}"
              f"   {median / floor:5.2f} x floor", flush=True)
    ours = statistics.median(taken["pg-entrypoint"])
    return {name: ours / statistics.median(values) for name, values in taken.items()}


def compare(count, rounds):
    with tempfile.TemporaryDirectory() as folder:
        named = commands(folder, write_files(pathlib.Path(folder), count), url())
        taken = {name: [] for name in named}
        for index in range(rounds):
            order = list(named)
            for name in order[index % len(order):] + order[:index % len(order)]:
                taken[name].append(seconds(named[name]))
        ratios = tell(f"apply {count} files", taken)
    wanted = {"floor": 1.10, "psql": 1.05, "dbmate": 0.95}
    return [f"{count} files: {ratios[name]:.2f} x {name}, wanted <= {limit:.2f}: {'ok' if ratios[name] <= limit else 'MISSED'}"
            for name, limit in wanted.items() if name in ratios]


def far_away(count, rounds):
    proxy = DelayProxy((SERVER.hostname, SERVER.port), 0.02)
    with tempfile.TemporaryDirectory() as folder:
        named = commands(folder, write_files(pathlib.Path(folder), count), url(proxy.port))
        named = {name: named[name] for name in ("floor", "pg-entrypoint")}
        taken, trips = {name: [] for name in named}, {}
        for _ in range(rounds):
            for name, command in named.items():
                proxy.reset()
                taken[name].append(seconds(command))
                trips[name] = proxy.round_trips
        ratio = tell(f"apply {count} files, 20 ms each way", taken)["floor"]
    print("  round trips: " + ", ".join(f"{name} {number}" for name, number in trips.items()))
    return [f"{count} files far away: {ratio:.2f} x floor, wanted <= 1.90: {'ok' if ratio <= 1.9 else 'MISSED'}"]


with psycopg.connect(ADMIN) as asked:
    settings = [f"{name}={asked.execute(f'show {name}').fetchone()[0]}" for name in ("server_version", "fsync", "max_connections")]
print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, {', '.join(settings)}")
verdicts = compare(100, ROUNDS) + ([] if QUICK else compare(1000, ROUNDS)) + far_away(20, 3 if QUICK else 7)
print("\n".join(verdicts))
