"""What the application finds in its environment: --file-env, --env-file and --unset-env."""

import json
import sys

import pytest

from conftest import PASSWORD
from nasty_values import VALUES

ONE = {"0001_one.sql": "create table one (id integer);"}


@pytest.fixture
def shown(entrypoint, tmp_path):
    """shown(*options, env={}): the application's environment; its names and the run with `told`."""

    def run(*options, env=None, before=()):
        code = "import json, os; json.dump(dict(os.environ), open('environment', 'w'))"
        done = entrypoint(*before, *options, "--", sys.executable, "-c", code, migrations=ONE, env=env)
        assert done.code == 0, done.err
        run.told = done.err
        return json.loads((tmp_path / "environment").read_text())

    return run


@pytest.fixture
def refused(entrypoint, database):
    def run(*options, env=None):
        done = entrypoint(*options, "--", "echo", "started", migrations=ONE, env=env)
        assert "started" not in done.out and not database.exists("one")
        return done

    return run


# --file-env

@pytest.mark.parametrize("pattern", ["API_KEY", "API_*", "OTHER:API_*"])
def test_the_application_gets_the_content_of_the_file(shown, tmp_path, pattern):
    (tmp_path / "key").write_text("hush-key\n\n")
    seen = shown("--file-env", pattern, env={"API_KEY_FILE": tmp_path / "key", "SSL_CERT_FILE": "/x"})
    assert seen["API_KEY"] == "hush-key" and "API_KEY_FILE" not in seen and seen["SSL_CERT_FILE"] == "/x"


def test_without_the_option_it_gets_the_name_of_the_file(shown, tmp_path):
    (tmp_path / "key").write_text("hush-key")
    seen = shown(env={"API_KEY_FILE": tmp_path / "key"})
    assert "API_KEY" not in seen and seen["API_KEY_FILE"] == str(tmp_path / "key")


def test_any_value_comes_from_a_file(shown, tmp_path):
    for number, value in enumerate(VALUES):
        (tmp_path / f"value{number}").write_bytes(value.encode())
    seen = shown("--file-env", "V_*", env={f"V_{number}_FILE": tmp_path / f"value{number}" for number in range(len(VALUES))})
    assert [seen[f"V_{number}"] for number in range(len(VALUES))] == [value.rstrip("\r\n") for value in VALUES]


def test_both_are_78_and_so_is_a_file_that_cannot_be_read(refused, tmp_path):
    (tmp_path / "key").write_text("hush")
    both = refused("--file-env", "API_KEY", env={"API_KEY": "hush", "API_KEY_FILE": tmp_path / "key"})
    assert both.code == 78 and "API_KEY and API_KEY_FILE are both set" in both.err
    missing = refused("--file-env", "API_KEY", env={"API_KEY_FILE": tmp_path / "nothing"})
    assert missing.code == 78 and f"API_KEY_FILE: {tmp_path}/nothing cannot be read" in missing.err


def test_empty_counts_as_not_set(shown, tmp_path):
    (tmp_path / "key").write_text("hush")
    assert shown("--file-env", "API_KEY", env={"API_KEY": "", "API_KEY_FILE": tmp_path / "key"})["API_KEY"] == "hush"
    seen = shown("--file-env", "API_KEY", env={"API_KEY": "own", "API_KEY_FILE": ""})
    assert seen["API_KEY"] == "own" and "API_KEY_FILE" not in seen


def test_the_file_is_read_before_the_user_is_changed(shown, entrypoint, tmp_path):
    key = tmp_path / "key"
    key.write_text("hush")
    key.chmod(0o400)
    run = entrypoint("--user", "65534:65534", "--file-env", "API_KEY", "--", "sh", "-c", 'cat key 2>&1; test "$API_KEY" = "$WANTED" && echo same',
                     migrations=ONE, env={"API_KEY_FILE": key, "WANTED": "hush"})
    assert run.code == 0 and "Permission denied" in run.out and run.out.endswith("same\n"), run.out + run.err


def test_libpqs_password_may_come_from_a_file(shown, database, tmp_path):
    (tmp_path / "password").write_text(PASSWORD + "\n")
    seen = shown("--file-env", "PGPASSWORD", env={
        "DATABASE_URL": None, "PGHOST": database.host, "PGPORT": database.port, "PGUSER": "owner", "PGDATABASE": database.name,
        "PGPASSWORD_FILE": tmp_path / "password"})
    assert seen["PGPASSWORD"] == PASSWORD


# --env-file

def test_an_env_file_adds_variables_and_the_environment_goes_before_it(shown, tmp_path):
    (tmp_path / "one.env").write_text("# settings\nA=one\nB='quoted' # no comment\nC=one\nEMPTY=one\n\n  D=  blanks  \n")
    (tmp_path / "two.env").write_text("C=two\n")
    seen = shown("--env-file", "one.env", "--env-file", "two.env", env={"A": "own", "EMPTY": ""})
    assert {name: seen[name] for name in "ABCD"} == {"A": "own", "B": "'quoted' # no comment", "C": "two", "D": "  blanks  "}
    assert seen["EMPTY"] == ""
    assert shown("--env-file", "two.env:one.env")["C"] == "one"


def test_without_the_option_there_are_none(shown):
    assert not {"A", "B"} & shown().keys()


def test_the_database_may_be_named_in_an_env_file(shown, database, tmp_path):
    (tmp_path / "app.env").write_text(f"PGHOST={database.host}\nPGPORT={database.port}\nPGUSER=owner\nPGPASSWORD={PASSWORD}\n"
                                      f"PGDATABASE={database.name}\nDB_NAME={database.name}\n")
    seen = shown("--env-file", "app.env", env={"DATABASE_URL": None})
    assert seen["PGPASSWORD"] == PASSWORD
    shown("--env-file", "app.env", "--database", "dbname=${DB_NAME}", env={"DATABASE_URL": None})
    (tmp_path / "app.env").write_text(f"DATABASE_URL={database.url}\nMIGRATE_DATABASE_URL={database.url}\n")
    seen = shown("--env-file", "app.env", env={"DATABASE_URL": None})
    assert seen["DATABASE_URL"] == database.url and "MIGRATE_DATABASE_URL" not in seen


def test_our_options_are_not_read_from_it(shown, tmp_path):
    (tmp_path / "app.env").write_text("PG_ENTRYPOINT_QUIET=true\n")
    seen = shown("--env-file", "app.env")
    assert "PG_ENTRYPOINT_QUIET in app.env is ignored" in shown.told and "PG_ENTRYPOINT_QUIET" not in seen


@pytest.mark.parametrize("line", ["export A=hush", "=hush", "A B=hush"])
def test_a_line_that_is_none_is_78_by_its_number(refused, tmp_path, line):
    (tmp_path / "app.env").write_text(f"A=1\n{line}\n")
    run = refused("--env-file", "app.env")
    assert run.code == 78 and "line 2 of app.env" in run.err and "hush" not in run.err


def test_an_env_file_that_is_missing_is_78(refused):
    run = refused("--env-file", "nothing.env")
    assert run.code == 78 and "nothing.env cannot be read" in run.err


# --unset-env

def test_a_variable_is_kept_from_the_application_but_not_from_the_migrator(entrypoint, tmp_path):
    script = tmp_path / "migrator"
    script.write_text("#!/bin/sh\nenv >migrators\n")
    script.chmod(0o755)
    run = entrypoint("--unset-env", "A", "--unset-env", "B:DATABASE_URL", "--migrator", "./migrator", "--", "env",
                     env={"A": "1", "B": "2", "AB": "3"})
    assert run.code == 0, run.err
    names = {line.split("=")[0] for line in run.out.splitlines()}
    assert "AB" in names and not {"A", "B", "DATABASE_URL"} & names
    assert {"A=1", "B=2"} <= set((tmp_path / "migrators").read_text().splitlines())


def test_healthcheck_reads_no_file(entrypoint):
    run = entrypoint("healthcheck", env={"PG_ENTRYPOINT_ENV_FILE": "/nowhere", "PG_ENTRYPOINT_FILE_ENV": "A", "A_FILE": "/nowhere"})
    assert run.code == 1 and "nowhere" not in run.err


def test_two_options_that_contradict_each_other_are_64(refused):
    run = refused("--database", "${DATABASE_URL}", "--export-database-url", "U", "--unset-env", "U")
    assert run.code == 64 and "both name U" in run.err
