"""Ten `alembic upgrade head` at once: how many fail, and with which errors; see ten-replicas-without-us."""

import collections
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import psycopg

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests" / "scenarios"))
from alembic_project import AlembicProject  # noqa: E402

ADMIN_URL = os.environ["PGE_TEST_URL"]
URL = ADMIN_URL.rsplit("/", 1)[0] + "/replicas"
REPLICAS = 10
ALONE = ["alembic", "upgrade", "head"]
WITH_US = [os.environ["PGE_BINARY"], "--quiet", "--migrator", "alembic upgrade head", "--", "true"]


def project_in(folder, revisions):
    """One revision with a table, or two more: a column, and a table with a row."""
    project = AlembicProject(folder)
    project.table("accounts")
    if revisions > 1:
        project.revision("names", "accounts", "op.execute('alter table accounts add column name text')")
        project.revision("copied", "names", "op.execute('create table copies (id integer)')\n"
                                            "op.execute('insert into copies values (1)')")
    return project


def at_once(command, folder):
    environment = {"PATH": os.environ["PATH"], "DATABASE_URL": URL, "PYTHONDONTWRITEBYTECODE": "1"}
    running = [subprocess.Popen(command, cwd=folder, env=environment, text=True, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE) for _ in range(REPLICAS)]
    return [(process.communicate(timeout=120)[1], process.returncode) for process in running]


def cause(text):
    """The driver's error, without the parts that differ from run to run."""
    found = re.search(r"^(?:[\w.]*\.)?(\w+): (.*)$", text, re.M)
    return f"{found.group(1)}: {found.group(2)}" if found else text.strip().splitlines()[-1]


def rounds(count, behind, command):
    failed, errors = [], collections.Counter()
    for _ in range(count):
        with psycopg.connect(ADMIN_URL, autocommit=True) as admin:
            admin.execute("drop database if exists replicas with (force)")
            admin.execute("create database replicas")
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            if behind:
                project_in(folder / "old", 1).alembic(*ALONE[1:], url=URL)
            project_in(folder / "new", 3)
            ended = at_once(command, folder / "new")
        failures = [text for text, code in ended if code != 0]
        failed.append(len(failures))
        errors.update(cause(text) for text in failures)
    return failed, errors


def main():
    count = int(sys.argv[1])
    for title, behind in (("on an empty database", False), ("two revisions behind", True)):
        for name, command in (("alembic upgrade head", ALONE), ("pg-entrypoint", WITH_US)):
            failed, errors = rounds(count, behind, command)
            print(f"{title}, {name}: failed of {REPLICAS}, round by round: {' '.join(map(str, failed))}")
            for error, times in errors.most_common():
                print(f"{times:5}  {error}", flush=True)


main()
