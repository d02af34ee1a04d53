"""A start when nothing is pending: what it asks of the server and of the file system, and which files can refuse it."""

import re

import pytest

from fault_proxy import Link

START = ("--", "echo", "started")
A = {"0001_a.sql": "create table a (id integer);\n\n-- migrate:down\ndrop table a;\n"}
B = {"0002_b.sql": "create table b (id integer);\n"}
BROKEN = "select 'never closed;\n"
MOST_REQUESTS = 2  # after the login


def assert_started(run):
    assert (run.code, run.out) == (0, "started\n"), run.err


def test_it_asks_the_server_twice_and_for_no_down_part(entrypoint, database, proxy):
    entrypoint("migrate", migrations=A | B)
    assert_started(entrypoint(*START, via=proxy))
    assert 0 < len(proxy.statements) <= MOST_REQUESTS, proxy.statements
    assert not any("down_sql" in statement for statement in proxy.statements)
    proxy.statements.clear()
    assert entrypoint("down", via=proxy).code == 65  # 2 has none
    assert any("down_sql" in statement for statement in proxy.statements)


def test_what_was_asked_with_the_first_query_is_asked_again_under_the_lock(entrypoint, start, database, proxy):
    """Another replica does everything between the first query of this one and its lock."""
    proxy.at("count(*) over ()", Link.hold)  # the guard against tables without a history
    second = start("migrate", via=proxy, migrations=A | B)
    proxy.wait_for_hit()
    assert entrypoint("migrate").code == 0
    proxy.release()
    assert second.finish().code == 0, second.err
    assert database.applied() == ["1", "2"]


def test_a_role_has_its_history_looked_for_as_that_role(entrypoint, database, proxy):
    entrypoint("migrate", "--role", "owner", env={"DATABASE_URL": database.url_of("boss")}, migrations=A)
    run = entrypoint("--role", "owner", *START, env={"DATABASE_URL": database.url_of("boss", port=proxy.port)})
    assert_started(run)
    role = next(i for i, statement in enumerate(proxy.statements) if "set role" in statement)
    assert all("pg_class" not in statement for statement in proxy.statements[:role])


def test_the_catalogs_may_be_closed_to_everybody_else(entrypoint, database):
    """Where the server refuses the question about the history, the error is that of the history and not of the login."""
    entrypoint("migrate", migrations=A)
    database.execute("revoke select on pg_catalog.pg_subscription_rel from public")
    try:
        run = entrypoint(*START, timeout=30)
    finally:
        database.execute("grant select on pg_catalog.pg_subscription_rel to public")
    assert run.code == 76 or run.code == 77, run.err
    assert "permission denied for table pg_subscription_rel" in run.err and "database answered" in run.err


@pytest.mark.parametrize("text", [
    A["0001_a.sql"] + BROKEN,
    A["0001_a.sql"] + "-- migrate:down\n",
    A["0001_a.sql"].replace("-- migrate:down", "-- migrate:down nonsense"),
    A["0001_a.sql"].encode() + b"\xfc\n",
], ids=["quote", "second-marker", "option", "bytes"])
def test_an_applied_file_that_is_broken_below_its_up_part_stops_no_start(entrypoint, database, text):
    entrypoint("migrate", migrations=A)
    files = {"0001_a.sql": text}
    assert_started(entrypoint(*START, migrations=files))
    assert_started(entrypoint(*START, migrations=files | B))
    assert database.applied() == ["1", "2"]
    assert entrypoint("check").code == 0 and entrypoint("status").out.count("applied ") == 2
    down = entrypoint("down")
    assert down.code == 65 and "0001_a.sql" in down.err


def test_a_broken_file_below_a_baseline_stops_no_start(entrypoint, database):
    database.execute("create table old (id integer)")
    files = {"0001_old.sql": BROKEN, "0002_old.sql": "select 1;"}
    assert entrypoint("migrate", migrations=files).code == 65
    assert entrypoint("baseline", "2", migrations={"0002_old.sql": "select 1;"}).code == 0
    assert_started(entrypoint(*START, migrations=files | {"0003_b.sql": B["0002_b.sql"]}))


def test_a_broken_pending_file_is_refused_before_the_lock(entrypoint, database, proxy):
    entrypoint("migrate", migrations=A)
    holder = database.hold_lock()
    run = entrypoint(*START, migrations=A | B | {"0003_bad.sql": BROKEN}, via=proxy)
    holder.close()
    assert run.code == 65 and "a quoted string is never closed" in run.err and "at=migrations/0003_bad.sql:1:8" in run.err
    assert "started\n" not in run.out and database.applied() == ["1"]
    assert len(proxy.statements) <= MOST_REQUESTS and not any("advisory_lock" in statement for statement in proxy.statements)


def test_a_marker_inside_a_string_does_not_end_what_is_compared(entrypoint, database):
    text = "create table a as select '\n-- migrate:down\n' as x;\n{}\n-- migrate:down\ndrop table a;\n"
    entrypoint("migrate", migrations={"0001_a.sql": text.format("")})
    assert_started(entrypoint(*START))
    run = entrypoint(*START, migrations={"0001_a.sql": text.format("create table c (id integer);")})
    assert run.code == 65 and "has changed since it was applied" in run.err


def test_each_file_is_opened_and_read_once_and_no_path_is_resolved(entrypoint, database, migrations, tmp_path):
    files = {f"{number:04}_t.sql": f"create table t{number} (id integer);\n" for number in range(1, 21)}
    entrypoint("migrate", migrations=files)
    trace = tmp_path / "trace"
    assert_started(entrypoint(*START, within=("strace", "-f", "-qq", "-s", "200", "-o", trace, "-e", "trace=%file,read,readv,pread64,mmap")))
    calls = trace.read_text().splitlines()
    about_files = [line for line in calls if re.search(r"\d{4}_t\.sql", line)]
    assert len(about_files) == len(files) and all("openat(" in line for line in about_files), about_files
    # Of the thread that reads them, for the others work meanwhile.
    reader = about_files[3].split()[0]
    of_one = [line for line in calls[calls.index(about_files[3]) + 1:calls.index(about_files[4])] if line.split()[0] == reader]
    assert sum("read" in line for line in of_one) == 1, of_one
    assert not any("readlink" in line and "migrations" in line for line in calls)
