"""What people get wrong, each with the sentence and the exit code that they get.

Every case is the good start below with one thing changed; the last test shows that without the change it starts, and
that none of the cases has left anything in the database.
"""

import gzip
import io
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from conftest import BINARY, OUTPUTS, SECRETS
from runner import PATIENCE

SECRETS.add("Wr0ngInput")
START = ("--", "echo", "started")
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
CASES = []


def tar_of(name):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        archive.addfile(tarfile.TarInfo(name))
    return data.getvalue()


def case(name, code, sentence, hint="", args=START, env=None, files=None, prepare=None, prefix=()):
    """files: of ./migrations, in place of the good one; prepare: gets the working directory; prefix: runs the binary."""
    CASES.append(pytest.param(SimpleNamespace(**locals()), id=name.replace(" ", "-")))


def sql(name, place, text, sentence, hint=""):
    """A file that is refused before anything runs, at that place."""
    case(name, 65, f"{sentence} at=migrations/0002_bad.sql{place} ", hint, files={"0002_bad.sql": text})


def url(name, value, sentence, hint="", variable="DATABASE_URL"):
    case(name, 78, sentence, hint, env={variable: value})


def words(name, args, sentence, hint="--help"):
    case(name, 64, sentence, hint, args=args)


# Directory and files
case("two files of one version", 65, "two files have version 7: migrations/007_a.sql and migrations/7_b.sql", "a new version",
     files={"007_a.sql": "select 1;", "7_b.sql": "select 1;"})
case("no directory", 66, "cannot read the migrations directory nowhere: No such file or directory", "--dir", args=("--dir", "nowhere", *START))
case("a file as directory", 66, "migrations directory migrations/0001_a.sql: Not a directory", "--dir",
     args=("--dir", "migrations/0001_a.sql", *START))
case("an empty directory", 66, "no migration files in migrations", "--allow-empty", files={})
case("a directory without permission", 66, "cannot read the migrations directory migrations: Permission denied", "--dir",
     prepare=lambda at: (at / "migrations").chmod(0), prefix=NOBODY)
case("a file without permission", 65, "cannot read migrations/0002_bad.sql: Permission denied", "permissions",
     files={"0002_bad.sql": "select 1;"}, prepare=lambda at: (at / "migrations/0002_bad.sql").chmod(0), prefix=NOBODY)
case("a file without permission and no database", 65, "cannot read migrations/0002_bad.sql: Permission denied", "permissions",
     files={"0002_bad.sql": "select 1;"}, prepare=lambda at: (at / "migrations/0002_bad.sql").chmod(0), prefix=NOBODY,
     env={"DATABASE_URL": "postgresql://u:p@127.0.0.1:1/d"})
case("a directory like a migration", 65, "a directory, not a file at=migrations/0002_bad.sql ", "when the file to be mounted does not exist",
     prepare=lambda at: (at / "migrations/0002_bad.sql").mkdir())
case("a pipe like a migration", 65, "not a regular file at=migrations/0002_bad.sql ", "remove it",
     prepare=lambda at: os.mkfifo(at / "migrations/0002_bad.sql"))
case("a link that leaves the directory", 65, "0002_bad.sql is a symbolic link to /", "copy the file into the directory",
     prepare=lambda at: (at / "migrations/0002_bad.sql").symlink_to("/etc/passwd"))
case("a link to nowhere", 65, "cannot read migrations/0002_bad.sql: No such file or directory", "check its target",
     prepare=lambda at: (at / "migrations/0002_bad.sql").symlink_to("gone.sql"))
case("a link to itself", 65, "cannot read migrations/0002_bad.sql: Too many levels of symbolic links", "check its target",
     prepare=lambda at: (at / "migrations/0002_bad.sql").symlink_to("0002_bad.sql"))
for bad in ("first.sql", "0002.sql", "0002_.sql", "1.2_x.sql"):
    case(f"the name {bad}", 65, f"not a migration file name at=migrations/{bad} ", "<version>_<name>.sql", files={bad: "select 1;"})
for bad, right in (("0002-x.sql", "0002_x.sql"), ("0002_X.SQL", "0002_X.sql"), ("0002x.sql", "0002_x.sql"), ("2024-01-31-x.sql", "20240131_x.sql")):
    case(f"the name {bad}", 65, f"not a migration file name at=migrations/{bad} ", f"rename it to {right}", files={bad: "select 1;"})
case("the name of Flyway", 65, "not a migration file name at=migrations/V2__x.sql", "rename it to 2_x.sql", files={"V2__x.sql": "select 1;"})
case("a repeatable one", 65, "repeatable migrations (R__…) are not supported by this version", "versioned file", files={"R__x.sql": "select 1;"})
case("two files for up and down", 65, "the up and down parts are two files here", "merge both into one file 2_x.sql", files={"2_x.up.sql": "select 1;"})

# Text
sql("a file in Latin-1", ":2:11", b"select 1;\nselect 'gr\xfc\xdfe';", "the file is not UTF-8 (byte 0xfc)", "save the file as UTF-8")
sql("a file in UTF-16", "", "select 1;".encode("utf-16"), "the file is UTF-16, not UTF-8", "iconv -f UTF-16 -t UTF-8")
sql("a file in UTF-16, big-endian", "", b"\xfe\xff\0s\0;", "the file is UTF-16, not UTF-8", "iconv -f UTF-16 -t UTF-8")
sql("an archive of pg_dump", "", b"PGDMP\x01\x10\0", "the file is an archive of pg_dump (custom format), not SQL", "pg_restore")
sql("a tar archive", "", tar_of("toc.dat"), "the file is a tar archive, not SQL", "pg_restore")
sql("a file of gzip", "", gzip.compress(b"select 1;"), "the file is compressed with gzip, not SQL", "unpack it")
sql("a pointer of git-lfs", "", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n", "the file is a pointer of git-lfs, not SQL", "git lfs pull")
sql("a NUL byte", ":2:1", b"select 1;\n\0", "the file contains a NUL byte", "UTF-16 or binary?")
sql("an empty file", "", "", "the migration has no statement to run", "-- nothing to do")
sql("only markers and rulers", "", "-- migrate:up\n-- ------\n/* *** */", "the migration has no statement to run", "-- nothing to do")
sql("a new file of sqlx", "", "-- Add migration script here\n", "the migration has no statement to run", "-- nothing to do")
sql("only a transaction", "", "begin;\ncommit;\n", "the migration has no statement to run", "-- nothing to do")
sql("only a down part", "", "-- migrate:down\ndrop table a;", "the migration has no statement to run", "-- nothing to do")
sql("an open string", ":2:8", "select 1;\nselect 'it''s;\n\nselect 2;", "a quoted string is never closed", "close it with '")
sql("an open escape string", ":1:8", "select E'a\\';", "a quoted string is never closed", "close it with '")
sql("an open dollar quote", ":1:4", "do $body$ begin end;\n$BODY$;", "a dollar-quoted string is never closed", "close it with $body$")
sql("an open comment", ":2:1", "select 1;\n/* a /* b */\nselect 2;", "a block comment is never closed", "block comments nest")
sql("an open identifier", ":1:8", 'select "a;', "a quoted identifier is never closed", "close it with")
sql("an open parenthesis", ":1:8", "select (1 + (2);\nselect 3;", "a parenthesis is never closed", "close it with )")
sql("an open function body", ":1:1", "create function f() returns int begin atomic select 1;", "a function body BEGIN ATOMIC is never closed", "END;")
sql("COPY without an end", ":2:1", "select 1;\ncopy a from stdin;\n1\n", "the data of this COPY … FROM STDIN is not terminated", "only \\\\.")
sql("COPY without a semicolon", ":1:1", "copy a from stdin\n1\n\\.\n", "COPY … FROM STDIN has no semicolon", "then the data, then a line")
sql("COPY and more on its line", ":1:19", "copy a from stdin; select 1;\n\\.\n", "something follows COPY … FROM STDIN on its line", "new line")
sql("COPY to the client", ":1:1", "copy (select 1) to stdout;", "COPY … TO STDOUT has nowhere to go in a migration", "to a table")
sql("another file included", ":2:1", "select 1;\n\\i other.sql\n", "psql meta-commands are not SQL: \\i", "write plain SQL only")
sql("another database", ":1:1", "\\connect other\nselect 1;", "psql meta-commands are not SQL: \\connect", "pg_dump")
sql("a query executed by psql", ":1:10", "select 1 \\gexec", "psql meta-commands are not SQL: \\gexec", "write plain SQL only")

# Directives
sql("an unknown directive", ":1:19", "-- pg-entrypoint: no-transactions\nselect 1;", "unknown directive no-transactions", "known directives: no-transaction")
sql("a directive of later versions", ":1:19", "-- pg-entrypoint: phase=post\nselect 1;", "the directive phase=… is not supported by this version", "remove it")
sql("no directive", ":1:1", "-- pg-entrypoint:\nselect 1;", "a -- pg-entrypoint: line without a directive", "known directives")
sql("a directive twice", ":2:19", "-- pg-entrypoint: lock_timeout=1s\n-- pg-entrypoint: lock_timeout=2s\nselect 1;", "lock_timeout is given twice")
sql("directives that contradict", ":2:19", "-- migrate:up transaction:true\n-- pg-entrypoint: no-transaction\nselect 1;",
    "no-transaction and transaction:true contradict each other", "remove one of them")
sql("directives that contradict the other way", ":2:1", "-- pg-entrypoint: no-transaction\n-- migrate:up transaction:true\nselect 1;",
    "no-transaction and transaction:true contradict each other", "remove one of them")
sql("a directive without its time", ":1:19", "-- pg-entrypoint: lock_timeout=soon\nselect 1;", "lock_timeout=soon is not a duration", "lock_timeout=5s")
sql("a directive with a negative time", ":1:19", "-- pg-entrypoint: lock_timeout=-1s\nselect 1;", "lock_timeout=-1s is not a duration", "lock_timeout=5s")
sql("a directive with another doubt", ":1:19", "-- pg-entrypoint: on-doubt=maybe\nselect 1;", "on-doubt=maybe is not a known value", "on-doubt=retry")
sql("a directive with another level", ":1:19", "-- pg-entrypoint: isolation=high\nselect 1;", "isolation=high is not a known value", "isolation=repeatable-read")
sql("a level for a file without transaction", ":1:34", "-- pg-entrypoint: no-transaction isolation=serializable\nselect 1;", "isolation=… does not concern a no-transaction file",
    "write BEGIN ISOLATION LEVEL")
sql("a directive too late", ":2:1", "select 1;\n-- pg-entrypoint: no-transaction\n", "directives must come before the first statement", "to the top of the file")
sql("a down line that is unclear", ":2:1", "select 1;\n-- Migrate:Down\n", "ambiguous line: -- Migrate:Down", "in lower case")
sql("two down parts", ":4:1", "select 1;\n-- migrate:down\nselect 2;\n-- migrate:down\n", "a second line -- migrate:down", "merge the two")
sql("lines of goose", ":1:1", "-- +goose Up\nselect 1;", "this file uses the marker lines of another tool: -- +goose Up", "-- migrate:down")

# Statements
sql("a commit inside", ":2:1", "select 1;\ncommit;\nselect 2;", "COMMIT inside a migration", "split the file here")
sql("a rollback inside", ":2:1", "select 1;\nrollback;", "ROLLBACK inside a migration", "split the file here")
sql("a begin without commit", ":1:1", "begin;\nselect 1;", "this BEGIN is not followed by a COMMIT", "remove BEGIN")
sql("a transaction that only reads", ":1:1", "begin read only;\nselect 1;\ncommit;", "a migration cannot run in a READ ONLY transaction", "remove READ ONLY")
sql("another session's snapshot", ":1:1", "set transaction snapshot '1-1';\nselect 1;", "a migration cannot use the snapshot of another session", "REPEATABLE READ")
sql("a level too late", ":2:1", "select 1;\nset transaction isolation level serializable;", "the isolation level must be set before the transaction's first query", "to the front")
sql("two levels", ":2:1", "-- pg-entrypoint: isolation=serializable\nset transaction isolation level repeatable read;\nselect 1;",
    "the file's directive asks for isolation level serializable, this statement for repeatable read", "remove one of them")
sql("a level for later transactions", ":1:1", "set session characteristics as transaction isolation level serializable;\nselect 1;",
    "this level is for later transactions, not for the one that it is set in", "isolation=serializable")
for name, place, text in (("a block behind a statement", ":2:1", "create extension plpgsql;\nbegin;\nselect 1;\ncommit;"),
                          ("a statement behind a block", ":1:1", "begin;\nselect 1;\ncommit;\nselect 2;"),
                          ("two blocks", ":3:1", "begin;\nselect 1;\ncommit;\nbegin;\nselect 2;\ncommit;")):
    sql(name, place, text, "", "each BEGIN … COMMIT is a step in one transaction: -- pg-entrypoint: no-transaction")
sql("a commit in a file without transaction", ":3:1", "-- pg-entrypoint: no-transaction\nselect 1;\ncommit;", "COMMIT in a no-transaction file",
    "into their own file")
sql("a block without its end", ":2:1", "-- pg-entrypoint: no-transaction\nbegin;\nselect 1;", "this BEGIN has no COMMIT", "end the block with COMMIT;")
sql("a block that is rolled back", ":4:1", "-- pg-entrypoint: no-transaction\nbegin;\nselect 1;\nrollback;", "ROLLBACK in a block BEGIN … COMMIT", "blocks do not nest")
sql("a vacuum in a block", ":3:1", "-- pg-entrypoint: no-transaction\nbegin;\nvacuum;\ncommit;", "VACUUM cannot run in a transaction", "move it out of BEGIN … COMMIT")
for name, statement in {"LOCK TABLE": "lock table a;", "SET LOCAL": "set local lock_timeout = '1s';", "SET CONSTRAINTS": "set constraints all deferred;",
                        "DECLARE … CURSOR": "declare c cursor for select 1;"}.items():
    sql(f"{name} as a step", ":3:1", f"-- pg-entrypoint: no-transaction\nselect 1;\n{statement}", f"{name} by itself in a no-transaction file has no effect",
        "put it between BEGIN; and COMMIT;")
for statement in ("savepoint a;", "set transaction read write;"):
    sql(f"{statement} as a step", ":3:1", f"-- pg-entrypoint: no-transaction\nselect 1;\n{statement}", "in a no-transaction file", "put it between BEGIN; and COMMIT;")
for made, text in {"CREATE TEMPORARY …": ["create temp table t as select 1;", "explain analyze create temp table t as select 1;", "create or replace local temporary view v as select 1;"],
                   "SELECT INTO TEMPORARY …": ["select 1 as n into local temp t;", "with a as (select 1 as n) select n into temp t from a;",
                                               "(select 1 as n into temporary table t);"],
                   "an object in pg_temp": ["create table pg_temp.t (n int);", 'select 1 as n into "pg_temp".t;'], "PREPARE": ["prepare p as select 1;"],
                   "DECLARE … WITH HOLD": ["declare c no scroll cursor with hold for select 1;"]}.items():
    for number, statement in enumerate(text):
        sql(f"{made} {number} in a file without transaction", ":3:1", f"-- pg-entrypoint: no-transaction\nselect 1;\n{statement}",
            f"{made} in a no-transaction file", "an interrupted file resumes in another session")
for number, statement in enumerate(['create index concurrently U&"i" on a (id);', 'drop index concurrently U&"i";',
                                    'alter table p detach partition U&"q" concurrently;']):
    sql(f"an escaped name {number}", ":2:1", f"-- pg-entrypoint: no-transaction\n{statement}", 'a name written as U&"…" in a statement that may have to be resumed', "write the name itself")
sql("an index built concurrently in a transaction", ":1:1", "create index concurrently i on a (id);", "CREATE INDEX CONCURRENTLY cannot run in a transaction",
    "-- pg-entrypoint: no-transaction")
sql("an index built concurrently without name", ":2:1", "-- pg-entrypoint: no-transaction\ncreate index concurrently on a (id);",
    "CREATE INDEX CONCURRENTLY without a name cannot be resumed", "name it: CREATE INDEX CONCURRENTLY a_…_idx ON a")
sql("a vacuum in a transaction", ":1:1", "vacuum;", "VACUUM cannot run in a transaction", "-- pg-entrypoint: no-transaction")

# Where the database is
case("no URL", 78, "no database is configured", "set DATABASE_URL=postgresql://", env={"DATABASE_URL": None})
url("an empty URL", "", "DATABASE_URL is set but empty", "or unset it")
url("another database's URL", "mysql://u:Wr0ngInput@h/d", "DATABASE_URL: 'mysql://' is not a PostgreSQL URL", "it must start with postgresql://")
url("a URL without its slashes", "postgresql:/h/d", "DATABASE_URL is not a PostgreSQL URL", "write postgresql://user:***@host:5432/name")
url("only a host", "localhost:5432/app", "DATABASE_URL is not a PostgreSQL URL", "write postgresql://user:***@host:5432/name")
url("a URL in quotes", '"postgresql://u:Wr0ngInput@h/d"', "DATABASE_URL starts with a quote", "env files and Kubernetes keep quotes")
url("a URL with a space before it", " postgresql://u:Wr0ngInput@h/d", "DATABASE_URL has white space around the URL", "only the URL, on one line")
url("a URL with a line end", "postgresql://u:Wr0ngInput@h/d\n", "DATABASE_URL has white space around the URL, or a line break in it", "on one line")
url("a port that is no number", "postgresql://u@h:abc/d", 'invalid integer value "abc" for connection option "port"', "correct this parameter")
url("a port out of range", "postgresql://u@127.0.0.1:99999/d", 'invalid port number: "99999"', "correct this parameter")
url("a percent sign alone", "postgresql://u:Wr0ngInput%zz@h/d", "DATABASE_URL cannot be read: invalid percent-encoded token", "%40")
url("an encoded NUL", "postgresql://u:Wr0ngInput%00@h/d", "DATABASE_URL cannot be read: forbidden value %00 in percent-encoded value", "%40")
url("a password with an at sign", "postgresql://u:Wr0ng@Wr0ngInput@h/d", "the user name or password in DATABASE_URL has a special character", "%40")
url("a bracket that is not closed", "postgresql://u@[::1/d", "DATABASE_URL cannot be read: end of string reached when looking for matching")
url("an unknown parameter", "postgresql://h/d?frobnicate=1", "DATABASE_URL: unknown URL parameter 'frobnicate'", "remove it")
url("a parameter without value", "postgresql://h/d?connect_timeout", "DATABASE_URL: the URL parameter connect_timeout has no value", "connect_timeout=…")
url("ssl as nobody spells it", "postgresql://h/d?ssl=maybe", "DATABASE_URL: the parameter ssl has a value that libpq does not know", "sslmode=disable")
url("an sslmode that does not exist", "postgresql://h/d?sslmode=strict", "DATABASE_URL: the parameter sslmode has a value that libpq does not know", "verify-full")
url("a libpq string without value", "host=h dbname", 'DATABASE_URL cannot be read: missing "')
url("a libpq string with an open quote", "host=h password='Wr0ngInput", "DATABASE_URL cannot be read: unterminated quoted string")
url("an empty URL for migrating", "", "MIGRATE_DATABASE_URL is set but empty", variable="MIGRATE_DATABASE_URL")
url("a URL and its file", "/dev/null", "DATABASE_URL and DATABASE_URL_FILE are both set", "unset one of them", variable="DATABASE_URL_FILE")


def secret(name, content, sentence, hint="", prefix=(), prepare=None):
    """DATABASE_URL_FILE=url; None: no such file."""
    def write(at):
        if content is not None:
            (at / "url").write_bytes(content)
        if prepare:
            prepare(at)
    case(name, 78, "DATABASE_URL_FILE" + sentence, hint, env={"DATABASE_URL": None, "DATABASE_URL_FILE": "url"}, prepare=write, prefix=prefix)


secret("a secret that is missing", None, ": url cannot be read: No such file or directory", "is the secret mounted")
secret("a secret that is empty", b"\n", ": url is empty", "put the database's URL into it")
secret("a secret that is a directory", None, ": url cannot be read: Is a directory", "is the secret mounted", prepare=lambda at: (at / "url").mkdir())
secret("a secret without permission", b"postgresql://h/d", ": url cannot be read: Permission denied", "readable by the user", prefix=NOBODY,
       prepare=lambda at: (at / "url").chmod(0))
secret("a secret with a NUL byte", b"postgresql://h/d\0", " contains a NUL byte")
secret("a secret of two lines", b"postgresql://u:Wr0ngInput@h/d\nnext\n", " has white space around the URL, or a line break in it", "on one line")
case("a PGPORT that is no number", 78, 'invalid integer value "abc" for connection option "port"', "PG* variable",
     env={"DATABASE_URL": None, "PGHOST": "h", "PGPORT": "abc"})
case("a service that is not defined", 78, 'definition of service "nosuch" not found', "PGSERVICEFILE", env={"DATABASE_URL": None, "PGSERVICE": "nosuch"})

# The command line
words("no words", (), "no command to run was given")
words("no command", ("--",), "no command to run was given")
words("an empty command", ("--", ""), "no command to run was given")
words("run without command", ("run",), "no command to run was given")
words("an unknown option", ("--nosuch", *START), "The following argument was not expected: --nosuch")
words("a misspelt option", ("--lock-timout=1s", *START), "The following argument was not expected: --lock-timout", "did you mean --lock-timeout?")
words("an unknown short option", ("-x", *START), "The following argument was not expected: -x")
words("an option without its value", ("--lock-timeout",), "--lock-timeout: 1 required")
words("two commands", ("status", "down"), "was not expected")
words("a word too many", ("migrate", "now"), "The following argument was not expected: now")
words("a command for another than run", ("migrate", *START), "only run takes a command to run")
for text in ("soon", "-1", "1.5s", "5 s", "5x", "99999999999999999999h"):
    words(f"the duration {text}", (f"--lock-timeout={text}", *START), f"--lock-timeout: '{text}' is not a duration: write 500ms, 5s, 15m, 2h or 0")
for text in ("many", "-1", "1000001", "1.5", "99999999999999999999"):
    words(f"the number {text}", (f"--lock-retries={text}", *START), f"--lock-retries: '{text}' is not a number from 0 to 1000000")
words("a mode that does not exist", ("--migrate=maybe", *START), "--migrate: 'maybe' is not one of: auto, check, off")
words("--to where it makes no sense", ("status", "--to", "1"), "--to can only be used with migrate and down")
words("down by number and version", ("down", "1", "--to", "2"), "down takes N or --to V, not both")
words("down by nothing", ("down", "0"), "N: '0' is not a number from 1 to 1000000")
words("--to what is no version", ("migrate", "--to", "abc"), "abc is not a version", "versions are numbers")
words("--to an unknown version", ("migrate", "--to", "7"), "unknown version 7", "pg-entrypoint status")
words("baseline of nothing", ("baseline",), "V is required")
words("baseline of what is no version", ("baseline", "one"), "'one' is not a version", "the number at the start")
words("accept of what has no file", ("accept", "7"), "there is no migration file of version 7", "pg-entrypoint status")
words("a new migration without letters", ("new", "!!!"), "no file name can be made from '!!!'", "letters and digits")
words("--chown without --user", ("--chown", "/tmp", *START), "--chown needs --user")
case("a new migration without directory", 66, "nowhere/", "mkdir nowhere", args=("new", "--dir", "nowhere", "x"))
for text in ("nosuchuser", "nobody:nosuchgroup"):
    case(f"the user {text}", 78, "nosuch", "write a number", args=("--user", text, *START))
for text in ("99999999999", "-1", ":0", "0:", "a:b:c"):
    case(f"the user {text}", 78, f'--user: ', "write", args=(f"--user={text}", *START))
case("another user without root", 78, "--user: cannot become 1:1, because this process runs as 65534:65534 and not as root", "leave out --user",
     args=("--user", "1:1", *START), prefix=NOBODY)
for text in (".", "a.", "a.b.c", 'x"y', "n" * 64):
    case(f"the history table {text}", 78, "is not a table name", "write schema.name", args=(f"--history-table={text}", *START))
case("a command that is not there", 127, "nosuchcommand", args=("--", "nosuchcommand"))
case("a command of ours behind the dashes", 127, "status is not in any directory of PATH", "docker run --entrypoint pg-entrypoint IMAGE status",
     args=("--", "status"))
case("a command of ours misspelt", 127, "migrat is not in any directory of PATH", "did you mean pg-entrypoint migrate?", args=("migrat",))

# Variables
case("a variable that is no duration", 64, "'soon' is not a duration", "--help", env={"PG_ENTRYPOINT_LOCK_TIMEOUT": "soon"})
case("a variable that is no number", 64, "'many' is not a number from 0 to 1000000", "--help", env={"PG_ENTRYPOINT_LOCK_RETRIES": "many"})
case("a variable that is no mode", 64, "'maybe' is not one of: auto, check, off", "--help", env={"PG_ENTRYPOINT_MIGRATE": "maybe"})
case("a variable that is neither on nor off", 64, "--exec = perhaps: a switch takes true or false", "--help", env={"PG_ENTRYPOINT_EXEC": "perhaps"})


@pytest.fixture(scope="module")
def place(one_database):
    """A directory that everybody may enter; the database is as it was afterwards."""
    with tempfile.TemporaryDirectory(prefix="pge-bad.") as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)
    one_database.empty()


@pytest.fixture
def run(place, one_database):
    """The good start, with the changes of a case: code, out, err and the lines of the log at one level."""
    def start(args=START, env=None, files=None, prepare=None, prefix=()):
        shutil.rmtree(place / "migrations", ignore_errors=True)
        (place / "migrations").mkdir(mode=0o755)
        for name, text in ({"0001_a.sql": "select 1;"} if files is None else files).items():
            (place / "migrations" / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        if prepare:
            prepare(place)
        environment = {"PATH": os.environ["PATH"], "DATABASE_URL": one_database.url} | (env or {})
        done = subprocess.run([*prefix, BINARY, *args], cwd=place, text=True, capture_output=True, timeout=PATIENCE, check=False,
                              env={name: value for name, value in environment.items() if value is not None})
        url_file = place / "url"
        shutil.rmtree(url_file) if url_file.is_dir() else url_file.unlink(missing_ok=True)
        OUTPUTS.append(SimpleNamespace(args=args, out=done.stdout, err=done.stderr, terminal=False))
        return SimpleNamespace(code=done.returncode, out=done.stdout, err=done.stderr,
                               at=lambda level: re.findall(rf"^\S+ {level} +(.*)$", done.stderr, re.MULTILINE))
    return start


@pytest.mark.parametrize("bad", CASES)
def test_what_is_wrong_is_told(run, bad):
    done = run(args=bad.args, env=bad.env, files=bad.files, prepare=bad.prepare, prefix=bad.prefix)
    errors = done.at("error")
    assert (done.code, len(errors)) == (bad.code, 1), done.err
    assert bad.sentence in errors[0]
    assert bad.hint in errors[0].partition("hint=")[2]
    assert errors[0].endswith(f" exit={bad.code}")
    assert done.out == ""


@pytest.mark.parametrize("variable, warning", [
    ("PG_ENTRYPOINT_LOCKTIMEOUT", "unknown variable PG_ENTRYPOINT_LOCKTIMEOUT, ignored; did you mean PG_ENTRYPOINT_LOCK_TIMEOUT?"),
    ("PG_ENTRYPOINT_FROBNICATE", "unknown variable PG_ENTRYPOINT_FROBNICATE, ignored"),
    ("PG_ENTRYPOINT_SERVICE_HOST", None), ("PG_ENTRYPOINT_PORT_5432_TCP", None)])
def test_a_variable_that_is_not_ours_is_no_error(run, variable, warning):
    done = run(args=("wait",), env={variable: "1"})
    assert done.code == 0 and done.at("warning") == ([warning] if warning else [])


def test_without_the_mistake_it_starts_and_no_mistake_left_a_trace(run, one_database):
    assert len(CASES) >= 40
    assert not one_database.exists("pgentrypoint.history")
    done = run()
    assert (done.code, done.out, done.at("error")) == (0, "started\n", []), done.err
    assert one_database.applied() == ["1"]
