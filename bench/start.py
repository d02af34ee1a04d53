"""A start when nothing is pending: how long until an application that does nothing has ended. See scripts/bench."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import urllib.parse

import psycopg

from fault_proxy import FaultProxy
from measure import Bar, Row, milliseconds, rounds

BINARY, FLOOR, LOOP = os.environ["PGE_BINARY"], os.environ["PGE_FLOOR"], os.environ["PGE_READ_LOOP"]
DBMATE = os.environ.get("PGE_DBMATE", "")
ADMIN = os.environ["PGE_TEST_URL"]
APPLICATION = "/bin/true"
COUNTS = (10, 100, 1000, 10000)


def url_of(database, port=None):
    parts = urllib.parse.urlsplit(ADMIN)
    host = f"{parts.username}:{parts.password}@{parts.hostname}:{port or parts.port}"
    return urllib.parse.urlunsplit((parts.scheme, host, f"/{database}", "", ""))


def write_files(directory, count):
    """As people write them: a table or two, an index, and a down part."""
    directory.mkdir()
    for number in range(1, count + 1):
        (directory / f"{20250101000000 + number}_create_table_{number}.sql").write_text(
            f"-- migrate:up\n-- Orders of kind {number}.\ncreate table t{number} (\n  id bigint primary key,\n"
            f"  title text not null,\n  created_at timestamptz not null default now()\n);\n"
            f"create index t{number}_created_at on t{number} (created_at);\n\n-- migrate:down\ndrop table t{number};\n")


class Start:
    """A database at head of so many files, and what can be started on it."""

    def __init__(self, count, folder):
        self.count = count
        self.files = folder / "migrations"
        write_files(self.files, count)
        with psycopg.connect(ADMIN, autocommit=True) as connection:
            connection.execute(f"create database start_{count}")
        self.url = url_of(f"start_{count}")
        self.bring_to_head()

    def environment(self, url=None, **more):
        return {"PATH": os.environ["PATH"], "DATABASE_URL": url or self.url} | more

    def bring_to_head(self):
        """One file is applied; the rows of the others are written as its own, because what is measured comes after."""
        files = sorted(self.files.iterdir())
        with tempfile.TemporaryDirectory() as first:
            shutil.copy(files[0], first)
            milliseconds([BINARY, "migrate", "--quiet", "--dir", first], self.environment())
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("create temporary table files (version text, name text, checksum text, down text, place integer)")
            with connection.cursor().copy("copy files from stdin") as copy:
                for place, path in enumerate(files, 1):
                    version, name = path.stem.split("_", 1)
                    up, _, down = path.read_text().partition("-- migrate:down\n")
                    copy.write_row((version, name, hashlib.sha256(up.rstrip().encode()).hexdigest(), down, place))
            connection.execute(
                "insert into pgentrypoint.history (kind, version, name, state, steps, checksums, down_sql, applied_order, "
                "applied_at, applied_by, applied_from, milliseconds, tool_version, written_format, applied_in) "
                "select h.kind, f.version, f.name, h.state, h.steps, array[f.checksum], f.down, f.place, h.applied_at, "
                "h.applied_by, h.applied_from, h.milliseconds, h.tool_version, h.written_format, h.applied_in "
                "from files f, pgentrypoint.history h where f.place > 1")
            connection.execute("create table schema_migrations as select version::varchar(128) from files")
            connection.execute("alter table schema_migrations add primary key (version)")
            connection.execute("vacuum analyze")

    def candidates(self):
        quiet = self.environment(PG_ENTRYPOINT_QUIET="true", PG_ENTRYPOINT_DIR=str(self.files))
        plain = self.environment()
        without_tls = self.environment(self.url + "?sslmode=disable")
        found = {
            "pg-entrypoint": lambda: milliseconds([BINARY, "--", APPLICATION], quiet),
            "floor": lambda: milliseconds([FLOOR, APPLICATION], plain),
            "psql": lambda: milliseconds(
                ["sh", "-c", f'psql -XAtq "$DATABASE_URL" -c "select 1" && exec {APPLICATION}'], plain),
        }
        if DBMATE:
            found["dbmate"] = lambda: milliseconds(
                ["sh", "-c", f"{DBMATE} --no-dump-schema --migrations-dir {self.files} up && exec {APPLICATION}"], without_tls)
        return found

    def messages(self):
        """Round trips with the server, each beginning with something that the client has sent: of ours and of the floor."""
        server = urllib.parse.urlsplit(self.url)
        with FaultProxy((server.hostname, server.port)) as proxy:
            url = url_of(f"start_{self.count}", proxy.port)
            counts = []
            for command in ([BINARY, "--", APPLICATION], [FLOOR, APPLICATION]):
                before = len(proxy.statements)
                milliseconds(command, self.environment(url, PG_ENTRYPOINT_QUIET="true", PG_ENTRYPOINT_DIR=str(self.files)))
                counts.append(len(proxy.statements) - before)
        return counts

    def loop(self):
        """Nanoseconds for a file in the bare loop of open, fstat, read and close."""
        return int(subprocess.run([LOOP, self.files, "51"], check=True, capture_output=True).stdout)


def report_growth(measured, bar):
    """The cost of one more file, from the medians of two rows, against the bare loop over the same files."""
    slopes = {}
    for (fewer, few), (more, many) in zip(measured, measured[1:]):
        if fewer.count < 100:
            continue
        slope = (many.median("pg-entrypoint") - few.median("pg-entrypoint")) / (more.count - fewer.count) * 1e6
        slopes[more.count] = slope
        loop = more.loop()
        print(f"from {fewer.count} to {more.count} files: {slope:.0f} ns a file; the bare loop: {loop} ns")
        bar.check(f"the cost of a file up to {more.count}, in bare loops", slope / loop, 2)
    if len(slopes) > 1:
        low, high = min(slopes.values()), max(slopes.values())
        bar.check("the larger cost of a file to the smaller", high / low if low > 0 else float("inf"), 1.3)


def measure_starts(count_of_rounds, counts, bar):
    measured = []
    with tempfile.TemporaryDirectory() as folder:
        if not DBMATE:
            print("dbmate is left out: npm's package could not be had")
        for count in counts:
            place = pathlib.Path(folder) / str(count)
            place.mkdir()
            start = Start(count, place)
            row = Row(f"start, nothing pending, {count} files", rounds(start.candidates(), count_of_rounds))
            print(row.text("pg-entrypoint"), flush=True)
            if count == 10:
                bar.check("start to its floor, 10 files", row.ratio("pg-entrypoint", "floor"), 1.15)
                bar.check("start to dbmate, 10 files", row.ratio("pg-entrypoint", "dbmate"), 0.5)
                ours, floor = start.messages()
                bar.check(f"requests after login above the floor's ({ours} to {floor})", ours - floor, 1)
            if count == 1000:
                bar.check("start to its floor, 1,000 files", row.ratio("pg-entrypoint", "floor"), 1.7)
                bar.check("start to dbmate, 1,000 files", row.ratio("pg-entrypoint", "dbmate"), 0.65)
            measured.append((start, row))
        report_growth(measured, bar)


def serving_memory():
    """RssAnon of process 1 while it serves, in kB."""
    with tempfile.TemporaryDirectory() as folder:
        files = pathlib.Path(folder) / "migrations"
        write_files(files, 10)
        with psycopg.connect(ADMIN, autocommit=True) as connection:
            connection.execute("create database serving")
        environment = {"PATH": os.environ["PATH"], "DATABASE_URL": url_of("serving"), "PG_ENTRYPOINT_DIR": str(files)}
        with subprocess.Popen([BINARY, "--", "cat"], env=environment, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as running:
            for line in running.stderr:
                if b"application started" in line:
                    break
            status = pathlib.Path(f"/proc/{running.pid}/status")
            subprocess.run(["sleep", "0.2"], check=True)
            found = next(line for line in status.read_text().splitlines() if line.startswith("RssAnon"))
            running.stdin.close()
            running.stderr.read()
    return int(found.split()[1])


def main(quick):
    bar = Bar()
    measure_starts(11 if quick else 41, COUNTS[:3] if quick else COUNTS, bar)
    bar.check("memory of its own while serving, in kB", serving_memory(), 128)
    return bar
