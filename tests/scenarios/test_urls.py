"""Where the database is: the variables, and every spelling of a URL."""

import urllib.parse

import pytest

from conftest import ENCODED, PASSWORD, SECRETS

ONE = {"0001_one.sql": "create table one (id integer);"}
START = ["--", "echo", "started"]


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg", "postgresql+psycopg", "postgresql+psycopg2",
                                    "postgresql+pg8000", "postgis"])
def test_every_spelling_of_the_scheme(entrypoint, database, scheme):
    run = entrypoint(*START, migrations=ONE, env={"DATABASE_URL": database.url_of("owner", scheme=scheme)})
    assert run.out == "started\n", run.err
    assert database.applied() == ["1"]


@pytest.mark.parametrize("url", ["mysql://root:abcd1234@127.0.0.1/app", "sqlite:///app.db", "app", "postgresql:/127.0.0.1/app"])
def test_what_is_no_url_of_postgresql_is_78(entrypoint, url):
    run = entrypoint(*START, migrations=ONE, env={"DATABASE_URL": url})
    assert run.code == 78 and "DATABASE_URL" in run.err
    assert "abcd1234" not in run.err and "started" not in run.out


def test_a_conninfo_string_is_fine_too(entrypoint, database):
    quoted = PASSWORD.replace("'", "\\'")
    text = f"host={database.host} port={database.port} dbname={database.name} user=owner password='{quoted}'"
    assert entrypoint(*START, migrations=ONE, env={"DATABASE_URL": text}).out == "started\n"


def test_no_url_at_all_is_78(entrypoint):
    run = entrypoint(*START, migrations=ONE, env={"DATABASE_URL": None})
    assert run.code == 78 and "DATABASE_URL" in run.err and run.seconds < 1
    assert "started" not in run.out


@pytest.mark.parametrize("name", ["DATABASE_URL", "MIGRATE_DATABASE_URL"])
def test_an_empty_url_is_78(entrypoint, name):
    run = entrypoint(*START, migrations=ONE, env={name: ""})
    assert run.code == 78 and f"{name} is set but empty" in run.err


@pytest.mark.parametrize("name", ["DATABASE_URL", "MIGRATE_DATABASE_URL"])
def test_a_variable_and_its_file_are_78_together(entrypoint, database, tmp_path, name):
    (tmp_path / "url").write_text(database.url)
    run = entrypoint(*START, migrations=ONE, env={name: database.url, f"{name}_FILE": tmp_path / "url"})
    assert run.code == 78 and f"{name} and {name}_FILE are both set" in run.err


def test_a_secret_file_may_end_with_a_line_end(entrypoint, database, tmp_path):
    for ending in ("", "\n", "\r\n"):
        (tmp_path / "url").write_bytes((database.url + ending).encode())
        run = entrypoint(*START, migrations=ONE, env={"DATABASE_URL": None, "DATABASE_URL_FILE": tmp_path / "url"})
        assert run.out == "started\n", run.err
    assert database.applied() == ["1"]


@pytest.mark.parametrize("encoding, word", [("utf-8-sig", "byte order mark"), ("utf-16", "UTF-16")])
def test_a_secret_file_that_another_system_has_saved_is_78_with_the_cause(entrypoint, database, tmp_path, encoding, word):
    (tmp_path / "url").write_bytes((database.url + "\r\n").encode(encoding))
    run = entrypoint(*START, migrations=ONE, env={"DATABASE_URL": None, "DATABASE_URL_FILE": tmp_path / "url"})
    assert run.code == 78 and "DATABASE_URL_FILE" in run.err and word in run.err and "printf" in run.err


@pytest.mark.parametrize("content", [b"", b"\n", b"\r\n\n", None])
def test_a_secret_file_that_is_empty_or_missing_is_78(entrypoint, tmp_path, content):
    if content is not None:
        (tmp_path / "url").write_bytes(content)
    run = entrypoint(*START, migrations=ONE, env={"DATABASE_URL": None, "DATABASE_URL_FILE": tmp_path / "url"})
    assert run.code == 78 and "DATABASE_URL_FILE" in run.err and run.seconds < 1


def test_the_migrating_url_is_preferred_and_the_application_never_sees_it(entrypoint, database):
    run = entrypoint("--", "sh", "-c", "env | cut -d= -f1 | sort; echo user ${DATABASE_URL%%:*}", migrations=ONE,
                     env={"DATABASE_URL": database.url_of("reader"), "MIGRATE_DATABASE_URL": database.url, "OTHER": "1",
                          "PG_ENTRYPOINT_LOCK_TIMEOUT": "3s"})
    assert run.code == 0, run.err
    assert database.value("select tableowner from pg_tables where tablename = 'one'") == "owner"
    names = run.out.splitlines()
    assert "DATABASE_URL" in names and "OTHER" in names
    assert not [name for name in names if name.startswith(("MIGRATE_DATABASE_URL", "PG_ENTRYPOINT_"))]


def test_the_migrating_url_from_a_file_is_hidden_as_well(entrypoint, database, tmp_path):
    (tmp_path / "url").write_text(database.url)
    run = entrypoint("--", "sh", "-c", "env | cut -d= -f1", migrations=ONE,
                     env={"DATABASE_URL": database.url_of("reader"), "MIGRATE_DATABASE_URL_FILE": tmp_path / "url"})
    assert run.code == 0 and "MIGRATE_DATABASE_URL_FILE" not in run.out
    assert database.applied() == ["1"]


def test_the_environment_of_process_1_is_not_for_the_applications_user(entrypoint, database):
    run = entrypoint("--user", "nobody", "--", "sh", "-c", "cat /proc/1/environ 2>&1 | tr '\\0' '\\n'; echo end", migrations=ONE, init=True,
                     env={"MIGRATE_DATABASE_URL": database.url, "DATABASE_URL": database.url_of("reader")})
    assert run.code == 0 and run.out.endswith("end\n")
    assert "MIGRATE_DATABASE_URL" not in run.out


def test_the_variables_of_libpq_alone_are_enough(entrypoint, database):
    run = entrypoint(*START, migrations=ONE,
                     env={"DATABASE_URL": None, "PGHOST": database.host, "PGPORT": database.port, "PGUSER": "owner",
                          "PGPASSWORD": PASSWORD, "PGDATABASE": database.name})
    assert run.out == "started\n", run.err
    assert database.applied() == ["1"]


@pytest.mark.parametrize("query", ["?ssl=false", "?ssl=disable", "?sslmode=prefer", "?pool_size=5&max_overflow=10&pool_pre_ping=true",
                                   "?connection_limit=5&pgbouncer=true", "?prepared_statement_cache_size=0",
                                   "?connect_timeout=3&application_name=mine", "?charset=utf8", "?options=-c%20work_mem%3D5MB"])
def test_parameters_of_other_libraries_are_mapped_or_left_out(entrypoint, database, query):
    run = entrypoint(*START, migrations=ONE, env={"DATABASE_URL": database.url + query})
    assert run.out == "started\n", run.err
    dropped = "pool" in query or "connection_limit" in query or "cache_size" in query
    assert ("were ignored parameters=" in run.err) == dropped


@pytest.mark.parametrize("query", ["?ssl=true", "?ssl=require", "?sslmode=verify-full"])
def test_asking_for_tls_is_never_ignored(entrypoint, database, query):
    run = entrypoint("--wait-timeout", "300ms", *START, migrations=ONE, env={"DATABASE_URL": database.url + query})
    assert run.code in (69, 77, 78) and "started" not in run.out
    assert "SSL" in run.err or "root" in run.err
    assert not database.exists("one")


@pytest.mark.parametrize("query, name", [("?frobnicate=1", "frobnicate"), ("?sslmode=prefer&Host=x", "Host"), ("?pool%5fsize=1", "pool_size"),
                                         ("?ssl=maybe", "ssl")])
def test_a_parameter_that_is_not_known_is_refused_by_name(entrypoint, database, query, name):
    run = entrypoint(*START, migrations=ONE, env={"DATABASE_URL": database.url + query})
    assert run.code == 78 and name in run.err
    assert "started" not in run.out and not database.exists("one")


@pytest.mark.parametrize("password", ["fo@Xbarba", "fo/Xbarba", "fo#Xbarba", "fo?Xbarba", "fo%Xbarba", "fo:Xbarba", "fo Xbarba",
                                      "f@/#?%Xbarba", "1/Xbarba@", "[Xbarba", "f@localhost/Xbarba",
                                      "f@h/x?Xbarba=1"])
def test_a_password_that_is_not_encoded_is_never_printed(entrypoint, database, password):
    run = entrypoint("--login-grace", "200ms", "--wait-timeout", "300ms", "--debug", *START, migrations=ONE,
                     env={"DATABASE_URL": database.url_of("owner", password)})
    assert run.code in (69, 77, 78)
    assert "Xbarba" not in run.err + run.out
    SECRETS.add("Xbarba")


def test_every_character_can_be_given_when_encoded(entrypoint, database, admin):
    password = "".join(map(chr, range(33, 127))) + " äöü€"
    encoded = urllib.parse.quote(password, safe="")
    SECRETS.update((password, encoded))
    admin.execute("alter role reader password %s" % ("'" + password.replace("'", "''") + "'"))
    try:
        run = entrypoint("wait", "--login-grace", "0", env={"DATABASE_URL": database.url_of("reader", encoded)})
        assert run.code == 0, run.err
    finally:
        admin.execute("alter role reader password '%s'" % PASSWORD)


@pytest.mark.parametrize("address", ["::1", "fd00::5"])
def test_an_ipv6_address_without_brackets_is_78_with_the_cause(entrypoint, database, address):
    run = entrypoint(*START, migrations=ONE, env={"DATABASE_URL": database.url_of("owner", host=address)})
    assert run.code == 78 and "IPv6 address without brackets" in run.err and "[::1]" in run.err


def test_several_hosts_are_tried_in_order(entrypoint, database):
    url = f"postgresql://owner:{ENCODED}@127.0.0.1:1,{database.host}:{database.port}/{database.name}"
    assert entrypoint(*START, migrations=ONE, env={"DATABASE_URL": url}).out == "started\n"
