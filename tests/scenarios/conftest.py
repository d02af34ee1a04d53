"""Fixtures of the scenarios: the release binary against a real server, as its users run it.

    scripts/dev tests/with-postgres python3 -m pytest -q tests/scenarios

Every output of the binary is kept; the tests of test_outputs.py, which run last, search all of it.
"""

import hashlib
import os
import pathlib
import tempfile
import threading
import urllib.parse
from types import SimpleNamespace

import psycopg
import pytest
from psycopg import sql

from fault_proxy import FaultProxy
from runner import PATIENCE, Running
from servers import Cluster

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("PGE_BINARY", "/src/build/release/pg-entrypoint")
# A binary of history format 1 (scripts/lib/old-binary.sh builds it).
OLD_BINARY = os.environ.get("PGE_OLD_BINARY", "")
ADMIN_URL = os.environ.get("PGE_TEST_URL", "")

# They need packages that only some images have.
collect_ignore = [] if "PGE_TOOLS" in os.environ else ["test_tools.py"]

# Every character that a URL wants encoded: each test passes such a password, none may print it.
PASSWORD = "kQ7@hush/#?%:&= pw"
ENCODED = urllib.parse.quote(PASSWORD, safe="")

# What no output may contain. Tests add to it what they invent.
SECRETS = {PASSWORD, ENCODED, "hush"}
OUTPUTS = []

# Where the history is unless --history-table names another place, and where it was before.
HISTORY = "pgentrypoint.history"
OLD_HISTORY = "public.pg_entrypoint_history"


def lock_key(schema="public", table="pg_entrypoint_history"):
    """The key of the advisory lock, from the name of the history table. Both default places have the older one's key."""
    digest = hashlib.sha256(f"pg-entrypoint\n{schema}\n{table}".encode()).hexdigest()
    return int.from_bytes(bytes.fromhex(digest[:16]), "big", signed=True)


class Database:
    """The database of a test, owned by the role `owner` (no superuser)."""

    def __init__(self, name, host, port):
        self.name, self.host, self.port = name, host, port
        self.connections = []

    def url_of(self, user, password=ENCODED, scheme="postgresql", name=None, query="", host=None, port=None):
        login = f"{user}:{password}@" if password else f"{user}@"
        return f"{scheme}://{login}{host or self.host}:{port or self.port}/{name or self.name}{query}"

    @property
    def url(self):
        return self.url_of("owner")

    def connect(self, user="owner", autocommit=True):
        connection = psycopg.connect(self.url_of(user), autocommit=autocommit, connect_timeout=5)
        self.connections.append(connection)
        return connection

    def rows(self, query, *parameters, user="boss"):
        with psycopg.connect(self.url_of(user), autocommit=True, connect_timeout=5) as connection:
            cursor = connection.execute(query, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def value(self, query, *parameters):
        return self.rows(query, *parameters)[0][0]

    execute = rows

    def exists(self, relation):
        return self.value("select to_regclass(%s) is not null", relation)

    def history(self, columns="version", table=HISTORY):
        if not self.exists(table):
            return []
        rows = self.rows(f"select {columns} from {table} order by applied_order")
        return [row[0] for row in rows] if "," not in columns else rows

    def applied(self, table=HISTORY):
        return self.history("version", table) if set(self.history("state", table)) <= {"applied"} else None

    def hold_lock(self):
        """Another session has the advisory lock until it is closed."""
        connection = self.connect()
        assert connection.execute("select pg_try_advisory_lock(%s)", (lock_key(),)).fetchone()[0]
        return connection

    def lock_is_free(self, table="pg_entrypoint_history"):
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute("select pg_try_advisory_lock(%s)", (lock_key(table=table),)).fetchone()[0]

    def backends(self):
        return self.value("select count(*) from pg_stat_activity where datname = current_database() "
                          "and application_name like 'pg-entrypoint/%%'")

    def empty(self):
        """As if it had just been created."""
        with psycopg.connect(self.url_of("boss"), autocommit=True) as connection:
            connection.execute("set default_transaction_read_only = off; set client_min_messages = error")
            connection.execute(f"alter database {self.name} reset all")
            others = ("select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity "
                      "where datname = current_database() and pid <> pg_backend_pid()")
            connection.execute(others)
            for (schema,) in connection.execute("select nspname from pg_namespace where nspname !~ '^pg_' "
                                                "and nspname <> 'information_schema'").fetchall():
                connection.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(schema)))
            for (publication,) in connection.execute("select pubname from pg_publication").fetchall():
                connection.execute(sql.SQL("drop publication {}").format(sql.Identifier(publication)))
            connection.execute("create schema public authorization pg_database_owner; "
                               "grant usage on schema public to public")

    def running(self, text):
        """Whether one of our backends runs a statement with this text."""
        return self.value("select count(*) from pg_stat_activity where datname = current_database() and "
                          "application_name like 'pg-entrypoint/%%' and state = 'active' and query like %s",
                          f"%{text}%") > 0


@pytest.fixture
def folder():
    """A directory that every user may reach."""
    with tempfile.TemporaryDirectory(prefix="pge-open.") as directory:
        path = pathlib.Path(directory)
        path.chmod(0o755)
        yield path


@pytest.fixture(scope="session")
def admin():
    if not ADMIN_URL:
        pytest.exit("run this below tests/with-postgres", returncode=4)
    with psycopg.connect(ADMIN_URL, autocommit=True) as connection:
        for role, rights in (("owner", ""), ("boss", "superuser"), ("reader", ""), ("other", "")):
            connection.execute(sql.SQL("create role {} login password {} " + rights).format(
                sql.Identifier(role), sql.Literal(PASSWORD)))
        connection.execute("grant other to owner")
        yield connection


@pytest.fixture(scope="session")
def one_database(admin):
    """Creating and dropping a database costs a second on a busy machine: the tests use one, emptied after each."""
    admin.execute("create database scenario owner owner")
    return Database("scenario", admin.info.host, admin.info.port)


@pytest.fixture
def database(one_database):
    yield one_database
    for connection in one_database.connections:
        connection.close()
    one_database.connections.clear()
    one_database.empty()


@pytest.fixture
def migrations(tmp_path):
    """Writes the files of ./migrations; those that are not named are gone."""

    def write(files):
        directory = tmp_path / "migrations"
        directory.mkdir(exist_ok=True)
        for old in directory.iterdir():
            old.unlink()
        for name, text in files.items():
            (directory / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return directory

    return write


@pytest.fixture
def start(database, migrations, tmp_path):
    """start(*args, env={}, migrations={name: text}, init=False, terminal=False): in the background.

    The environment has PATH, HOME and DATABASE_URL; a variable that is None is left out. init: as process 1. via: the
    database's URL leads through this proxy. within: a command that runs another one elsewhere. binary: another one.
    """
    tmp_path.chmod(0o755)
    given = migrations
    started = []

    def run(*args, env=None, migrations=None, init=False, terminal=False, cwd=None, via=None, within=(),
            binary=BINARY):
        if migrations is not None:
            given(migrations)
        url = database.url_of("owner", port=via.port) if via else database.url
        environment = {"PATH": os.environ["PATH"], "HOME": "/root", "DATABASE_URL": url} | (env or {})
        environment = {name: str(value) for name, value in environment.items() if value is not None}
        prefix = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"] if init else []
        running = Running([*within, *prefix, binary, *map(str, args)], environment, cwd or tmp_path, terminal=terminal,
                          init=init)
        started.append((running, args, terminal))
        return running

    yield run
    for running, args, terminal in started:
        running.end()
        OUTPUTS.append(SimpleNamespace(args=args, out=running.out, err=running.err, terminal=terminal))


@pytest.fixture
def entrypoint(start):
    """As `start`, and waits for its end: code, out, err, seconds."""

    def run(*args, timeout=PATIENCE, **options):
        return start(*args, **options).finish(timeout)

    return run


@pytest.fixture(scope="session")
def second_cluster():
    """A server that does not run until it is started, on a port of its own."""
    cluster = Cluster()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def fragile_cluster():
    """A server that may be killed; `owner` and `worker` are roles of it."""
    cluster = Cluster()
    try:
        cluster.start()
        with psycopg.connect(cluster.url, autocommit=True) as connection:
            connection.execute("create role owner login; create role worker; grant worker to owner")
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def proxy(database):
    with FaultProxy((database.host, database.port)) as between:
        yield between


@pytest.fixture
def in_parallel():
    def run(functions):
        results = [None] * len(functions)

        def call(index):
            results[index] = functions[index]()

        threads = [threading.Thread(target=call, args=(index,)) for index in range(len(functions))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(90)
        assert not any(thread.is_alive() for thread in threads)
        return results

    return run


def pytest_collection_modifyitems(config, items):
    """PGE_SHARD=1/2: the first half of the tests. What searches all outputs runs last, in each part."""
    last = [item for item in items if item.path.name == "test_outputs.py"]
    others = [item for item in items if item.path.name != "test_outputs.py"]
    part, parts = map(int, os.environ.get("PGE_SHARD", "1/1").split("/"))
    mine = [item for index, item in enumerate(others) if index % parts == part - 1]
    config.hook.pytest_deselected(items=[item for index, item in enumerate(others) if index % parts != part - 1])
    items[:] = mine + last
