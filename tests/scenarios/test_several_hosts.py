"""A list of hosts of which one refuses: it is final only when all of them do."""

import psycopg
import pytest

from conftest import ENCODED, PASSWORD
from fault_proxy import FaultProxy
from servers import free_port

ONE = {"0001_one.sql": "create table one (id integer);"}
START = ["--login-grace", "500ms", "--", "echo", "started"]
AWAITED = "one host refuses, and another one has not answered or is not ready: "


@pytest.fixture(autouse=True)
def files(migrations):
    migrations(ONE)


@pytest.fixture
def closed():
    """The address of a host that is not there."""
    return f"127.0.0.1:{free_port()}"


@pytest.fixture
def url_of(database):
    def url_of(hosts, name=None, password=ENCODED):
        hosts = [f"{database.host}:{database.port}" if host == "database" else host for host in hosts]
        return f"postgresql://owner:{password}@{','.join(hosts)}/{name or database.name}"

    return url_of


@pytest.mark.parametrize("refuses_first", [False, True], ids=["refuses last", "refuses first"])
def test_a_database_that_one_host_lacks_is_waited_for_while_another_is_silent(start, database, admin, url_of, closed, refuses_first):
    late = f"{database.name}_late"
    hosts = ["database", closed] if refuses_first else [closed, "database"]
    run = start(*START, env={"DATABASE_URL": url_of(hosts, late)})
    run.wait_for(AWAITED)
    with pytest.raises(AssertionError):
        run.wait_for("exit=", 1)  # twice the grace
    assert "sqlstate=3D000" in run.err
    admin.execute(f"create database {late} owner owner")
    try:
        done = run.finish()
        assert (done.code, done.out) == (0, "started\n"), done.err
    finally:
        admin.execute(f"drop database {late} with (force)")


@pytest.mark.parametrize("name, password, sqlstate", [("no_such_database", ENCODED, "3D000"), (None, "wrong-one", "28P01")],
                         ids=["database", "password"])
def test_it_ends_with_the_wait_and_says_what_to_do(entrypoint, url_of, closed, name, password, sqlstate):
    run = entrypoint("--wait-timeout", "1s", *START, env={"DATABASE_URL": url_of([closed, "database"], name, password)})
    assert run.code == 69 and 0.9 <= run.seconds < 3, run.err
    last = run.err.splitlines()[-1]
    assert f"the database was not reachable within 1 s: {AWAITED}" in last and f"sqlstate={sqlstate}" in last
    assert "Connection refused" in last and "bring the other host up, or take it out of the list; if it refuses too: " in last
    assert "--login-grace" not in last and "wrong-one" not in run.err


def test_a_host_that_starts_up_is_silent(entrypoint, database, url_of):
    with FaultProxy((database.host, database.port)).reject("57P03", "the database system is starting up") as starting:
        run = entrypoint("--wait-timeout", "1s", *START,
                         env={"DATABASE_URL": url_of([f"127.0.0.1:{starting.port}", "database"], "no_such_database")})
    assert run.code == 69 and AWAITED in run.err, run.err


@pytest.mark.parametrize("form", ["addresses", "variables", "service"])
def test_every_form_of_a_list_counts(entrypoint, database, tmp_path, closed, form):
    host, port = closed.split(":")
    login = "user=owner dbname=no_such_database"
    ports = f"{database.port},{port}"
    env = {"addresses": {"DATABASE_URL": f"{login} host=db,db hostaddr={database.host},{host} port={ports}"},
           "variables": {"DATABASE_URL": login, "PGHOST": f"{database.host},{host}", "PGPORT": ports},
           "service": {"DATABASE_URL": f"{login} service=x", "PGSERVICEFILE": tmp_path / "services"}}[form]
    (tmp_path / "services").write_text(f"[x]\nhost={database.host},{host}\nport={ports}\n", encoding="ascii")
    run = entrypoint("--wait-timeout", "1s", *START, env={"PGPASSWORD": PASSWORD} | env)
    assert run.code == 69 and AWAITED in run.err, run.err
    assert "sqlstate=3D000" in run.err and f"port {port} failed" in run.err


def test_the_host_that_has_it_is_used_wherever_it_stands_in_the_list(entrypoint, database, fragile_cluster, url_of):
    """libpq itself would stop at the first one, which refuses."""
    name = "elsewhere"
    with psycopg.connect(fragile_cluster.url, autocommit=True) as connection:
        connection.execute(f"create database {name} owner owner")
    try:
        other = f"127.0.0.1:{fragile_cluster.port}"
        run = entrypoint(*START, env={"DATABASE_URL": url_of(["database", other], name)})
        assert (run.code, run.out) == (0, "started\n"), run.err
        assert f"port={fragile_cluster.port} database={name}" in run.err and "waiting for the database" not in run.err
    finally:
        with psycopg.connect(fragile_cluster.url, autocommit=True) as connection:
            connection.execute(f"drop database {name} with (force)")


def test_when_all_refuse_it_is_77_after_the_grace(entrypoint, database, fragile_cluster, url_of):
    """The twin: and the log has the answer of each."""
    other = f"127.0.0.1:{fragile_cluster.port}"
    run = entrypoint(*START, env={"DATABASE_URL": url_of(["database", other], "no_such_database")})
    assert run.code == 77 and 0.5 <= run.seconds < 2, run.err
    assert "another one" not in run.err
    for port in (database.port, fragile_cluster.port):
        assert f"port {port} failed: FATAL: database \\\"no_such_database\\\" does not exist" in run.err, run.err


def test_the_addresses_of_one_name_are_one_server(entrypoint, database, url_of):
    """localhost is ::1 as well, where nobody listens."""
    run = entrypoint(*START, env={"DATABASE_URL": url_of([f"localhost:{database.port}"], "no_such_database")})
    assert run.code == 77 and "another one" not in run.err, run.err
