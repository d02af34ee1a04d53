"""The command line and the variables."""

import subprocess

import pytest

ONE = {"0001_one.sql": "create table one (id integer);"}
NOWHERE = {"DATABASE_URL": None}


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["migrate", "--help"], ["down", "-h"]])
def test_help_fits_a_terminal_and_goes_to_stdout(entrypoint, words):
    run = entrypoint(*words, env=NOWHERE)
    assert run.code == 0 and run.err == ""
    assert all(len(line) <= 80 for line in run.out.splitlines())
    for word in ("migrate", "status", "check", "down", "baseline", "accept", "new", "healthcheck", "--lock-timeout", "DATABASE_URL"):
        assert word in run.out


def test_version(entrypoint):
    run = entrypoint("--version", env=NOWHERE)
    assert run.code == 0 and run.err == ""
    assert run.out.startswith("pg-entrypoint ") and run.out.count("\n") == 1


LIBRARIES = {"libpq": "libpq-dev", "libpqxx": "libpqxx-dev", "OpenSSL": "libssl-dev", "Boost": "libboost1.83-dev", "spdlog": "libspdlog-dev",
             "CLI11": "libcli11-dev", "nlohmann-json": "nlohmann-json3-dev", "toml++": "libtomlplusplus-dev", "glibc": "libc6-dev"}


def test_the_version_with_its_commit_and_libraries(entrypoint):
    first, commit, *libraries = entrypoint("--version", "--verbose", env=NOWHERE).out.splitlines()
    assert first == entrypoint("--version", env=NOWHERE).out.strip() and commit.startswith("commit ")
    told = dict(line.rsplit(" ", 1) for line in libraries if not line.startswith("libstdc++"))
    packages = {name: subprocess.run(["dpkg-query", "-W", "-f", "${Version}\n", package], check=True, capture_output=True,
                                     text=True).stdout.split()[0].rpartition(":")[2] for name, package in LIBRARIES.items()}
    assert told.keys() == packages.keys()
    assert {name: version for name, version in told.items() if not packages[name].startswith(version)} == {}


def test_verbose_alone_is_not_understood(entrypoint):
    run = entrypoint("--verbose", "--", "true", env=NOWHERE)
    assert run.code == 64 and "--version" in run.err


@pytest.mark.parametrize("words", [["--", "echo", "started"], ["echo", "started"], ["run", "--", "echo", "started"], ["run", "echo", "started"],
                                   ["--quiet", "echo", "started"], ["--lock-timeout", "3s", "echo", "started"],
                                   ["--lock-timeout=3s", "run", "--quiet", "echo", "started"]])
def test_the_command_begins_with_the_first_word_that_is_not_ours(entrypoint, words):
    run = entrypoint(*words, migrations=ONE)
    assert (run.code, run.out) == (0, "started\n"), run.err


def test_the_commands_own_options_are_left_alone(entrypoint):
    run = entrypoint("echo", "--quiet", "--", "-n", "migrate", migrations=ONE)
    assert run.out == "--quiet -- -n migrate\n"
    assert "application started" in run.err


@pytest.mark.parametrize("words", [[], ["--"], ["run"], ["run", "--"], ["--", ""], ["--quiet"], ["--nosuch", "--", "true"],
                                   ["migrate", "extra"], ["migrate", "--", "true"], ["wait", "--nosuch"], ["status", "down"],
                                   ["--lock-timeout", "soon", "--", "true"], ["--lock-timeout", "-1", "--", "true"],
                                   ["--lock-retries", "many", "--", "true"], ["--lock-retries", "1000001", "--", "true"],
                                   ["--lock-retries=-1", "--", "true"], ["--migrate", "maybe", "--", "true"],
                                   ["--wait-timeout", "99999999999999999999h", "--", "true"],
                                   ["--log-format", "xml", "--", "true"], ["baseline"], ["accept"], ["status", "--to", "1"]])
def test_what_cannot_be_understood_is_64(entrypoint, database, words):
    run = entrypoint(*words, migrations=ONE)
    assert run.code == 64 and run.out == ""
    assert "--help" in run.err and run.err.count("\n") == 1
    assert not database.exists("one")


def test_the_message_names_the_option(entrypoint):
    assert "--nosuch" in entrypoint("--nosuch", "--", "true").err
    run = entrypoint("--lock-timeout", "soon", "--", "true")
    assert "--lock-timeout" in run.err and "soon" in run.err and "5s" in run.err


@pytest.mark.parametrize("variable, value", [("PG_ENTRYPOINT_LOCK_TIMEOUT", "soon"), ("PG_ENTRYPOINT_LOCK_RETRIES", "many"),
                                             ("PG_ENTRYPOINT_MIGRATE", "maybe"), ("PG_ENTRYPOINT_EXEC", "perhaps")])
def test_a_variable_that_cannot_be_understood_is_64_and_named(entrypoint, database, variable, value):
    run = entrypoint("--", "echo", "started", migrations=ONE, env={variable: value})
    assert run.code == 64 and "started" not in run.out
    assert variable in run.err or "--" + variable.removeprefix("PG_ENTRYPOINT_").lower().replace("_", "-") in run.err
    assert not database.exists("one")


@pytest.mark.parametrize("flag", ["--user", "--migrator", "--role", "--dir", "--lock-timeout", "--chown"])
def test_an_option_that_is_given_and_empty_never_means_the_default(entrypoint, database, flag):
    run = entrypoint(flag, "", "--", "echo", "started", migrations=ONE)
    assert run.code == 64 and f"{flag} is given, but empty" in run.err
    variable = "PG_ENTRYPOINT_" + flag[2:].upper().replace("-", "_")
    run = entrypoint("--", "echo", "started", migrations=ONE, env={variable: ""})
    assert run.code == 78 and f"{variable} is set but empty" in run.err
    assert run.out == "" and not database.exists("one")


def test_options_go_over_variables(entrypoint, database, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "0007_seven.sql").write_text("create table seven (id integer);")
    env = {"PG_ENTRYPOINT_DIR": "other", "PG_ENTRYPOINT_QUIET": "true"}
    assert entrypoint("migrate", env=env).err == ""
    assert database.applied() == ["7"]
    run = entrypoint("check", "--dir", "migrations", "--history-table", "x.y", "--allow-existing", env=env, migrations=ONE)
    assert run.out == "pending 1_one\n"


@pytest.mark.parametrize("value, exec_mode", [("true", True), ("1", True), ("false", False), ("0", False)])
def test_switches_are_on_or_off_in_variables(start, value, exec_mode):
    run = start("--", "sh", "-c", "echo $$", migrations=ONE, env={"PG_ENTRYPOINT_EXEC": value})
    done = run.finish()
    assert done.code == 0
    assert (done.out == f"{run.process.pid}\n") == exec_mode


@pytest.mark.parametrize("variable", ["PG_ENTRYPOINT_LOCKTIMEOUT", "PG_ENTRYPOINT_WAIT", "PG_ENTRYPOINT_JSON"])
def test_a_variable_that_is_not_ours_is_warned_of(entrypoint, variable):
    run = entrypoint("--", "echo", "started", migrations=ONE, env={variable: "x"})
    assert (run.code, run.out) == (0, "started\n")
    assert f"warning unknown variable {variable}" in run.err


@pytest.mark.parametrize("variable", ["PG_ENTRYPOINT_SERVICE_HOST", "PG_ENTRYPOINT_SERVICE_PORT", "PG_ENTRYPOINT_SERVICE_PORT_HTTP",
                                      "PG_ENTRYPOINT_PORT", "PG_ENTRYPOINT_PORT_5432_TCP_ADDR"])
def test_what_kubernetes_injects_is_not(entrypoint, variable):
    run = entrypoint("--", "echo", "started", migrations=ONE, env={variable: "tcp://10.0.0.1:5432"})
    assert run.code == 0 and "warning" not in run.err


def test_the_application_sees_none_of_our_variables(entrypoint):
    run = entrypoint("--", "env", migrations=ONE, env={"DATABASE_URL": None, "PGHOST": "x", "MIGRATE_DATABASE_URL": None,
                                                       "PG_ENTRYPOINT_MIGRATE": "off", "PG_ENTRYPOINT_WAIT_TIMEOUT": "1ms"})
    assert run.code == 69  # nothing is at x; the next one has a database
    run = entrypoint("--", "sh", "-c", "env | cut -d= -f1", env={"PG_ENTRYPOINT_QUIET": "1", "PG_ENTRYPOINT_SERVICE_HOST": "10.0.0.1", "KEPT": "1"})
    assert "KEPT" in run.out and "PG_ENTRYPOINT" not in run.out


@pytest.mark.parametrize("text, least, most", [("300ms", 0.3, 1.2), ("1s", 1, 2), ("1", 1, 2)])
def test_durations_have_units_and_are_seconds_without(entrypoint, text, least, most):
    run = entrypoint("wait", "--wait-timeout", text, env={"DATABASE_URL": "postgresql://127.0.0.1:1/app"})
    assert run.code == 69
    assert least <= run.seconds < most


def test_the_default_directory_is_resolved_where_we_start(entrypoint, database, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    run = entrypoint("migrate", "--dir", "../migrations", migrations=ONE, cwd=tmp_path / "elsewhere")
    assert run.code == 0 and database.applied() == ["1"]
