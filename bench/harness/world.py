"""Where things are: the binary, the clients, the peers and the server, as scripts/bench hands them on."""

import os
import pathlib
import shutil
import sys
import urllib.parse

import psycopg

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests/scenarios"))
sys.path.append(str(ROOT / "tests/conformance"))

BINARY = os.environ.get("PGE_BINARY", "")
CLIENTS = pathlib.Path(os.environ.get("PGE_CLIENTS", "/nowhere"))
DBMATE = os.environ.get("PGE_DBMATE", "")
ADMIN = os.environ.get("PGE_TEST_URL", "")
# Does nothing: what is measured is all that comes before it.
APPLICATION = "/bin/true"


def client(name):
    return str(CLIENTS / name)


def installed(name):
    return shutil.which(name) is not None


def server():
    """Host and port."""
    parts = urllib.parse.urlsplit(ADMIN)
    return parts.hostname, parts.port


def url_of(database, port=None, query=""):
    parts = urllib.parse.urlsplit(ADMIN)
    host = f"{parts.username}:{parts.password}@{parts.hostname}:{port or parts.port}"
    return urllib.parse.urlunsplit((parts.scheme, host, f"/{database}", query, ""))


def socket_url(database):
    parts = urllib.parse.urlsplit(ADMIN)
    place = pathlib.Path(os.environ["PGE_TEST_PGDATA"]).parent
    return f"postgresql://{parts.username}:{parts.password}@/{database}?host={place}&port={parts.port}"


def environment(url, **more):
    return {"PATH": os.environ["PATH"], "DATABASE_URL": url} | more


def ours(url, directory):
    """The environment of pg-entrypoint with these files."""
    return environment(url, PG_ENTRYPOINT_QUIET="true", PG_ENTRYPOINT_DIR=str(directory))


def execute(statement, database="postgres"):
    with psycopg.connect(url_of(database), autocommit=True) as connection:
        connection.execute(statement)


def new_database(name):
    execute(f"drop database if exists {name} with (force)")
    execute(f"create database {name}")
