"""How long an application's queries stand still while a migration fights for a lock that it never gets.

Usage, below tests/with-postgres: lock_stall.py BINARY… A forgotten transaction has read a table; the application reads
it all the time; a file wants to add a column, with the default lock time-out and retries. All binaries at once, each in
a database of its own; it takes about two minutes.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

import psycopg

URL = os.environ["PGE_TEST_URL"]
STALL = 0.05  # seconds; a query that nobody holds up takes a millisecond


class Fight:
    def __init__(self, number, binary):
        self.binary, self.name, self.stalls = binary, f"lock_stall_{number}", []
        self.ended = threading.Event()
        with psycopg.connect(URL, autocommit=True) as admin:
            admin.execute(f"create database {self.name}")
            self.info = psycopg.conninfo.conninfo_to_dict(URL) | {"dbname": self.name}

    def connect(self, autocommit=True):
        return psycopg.connect(**self.info, autocommit=autocommit)

    def application(self):
        with self.connect() as connection:
            while not self.ended.is_set():
                started = time.monotonic()
                connection.execute("select count(*) from busy")
                taken = time.monotonic() - started
                if taken > STALL:
                    self.stalls.append(taken)
                time.sleep(0.01)

    def run(self):
        with self.connect() as owner:
            owner.execute("create table busy (id integer)")
        with self.connect(autocommit=False) as forgotten, tempfile.TemporaryDirectory() as directory:
            forgotten.execute("select * from busy")
            (pathlib.Path(directory) / "1_busy.sql").write_text("alter table busy add column more integer;")
            reader = threading.Thread(target=self.application)
            reader.start()
            started = time.monotonic()
            url = psycopg.conninfo.make_conninfo(**self.info)
            run = subprocess.run([self.binary, "migrate", "--allow-existing", "--dir", directory],
                                 env={"DATABASE_URL": url, "PATH": os.environ["PATH"]}, capture_output=True, check=False)
            self.patience, self.code = time.monotonic() - started, run.returncode
            self.ended.set()
            reader.join()


fights = [Fight(number, binary) for number, binary in enumerate(sys.argv[1:])]
threads = [threading.Thread(target=fight.run) for fight in fights]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
for fight in fights:
    first = sum(fight.stalls[:3])
    print(f"{fight.binary}: exit {fight.code} after {fight.patience:.1f} s; {len(fight.stalls)} stalls, longest "
          f"{max(fight.stalls):.2f} s, in all {sum(fight.stalls):.1f} s, the first three {first:.2f} s")
