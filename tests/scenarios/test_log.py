"""The log: text or JSON, whole lines, colour on a terminal only."""

import json
import re
import subprocess
import time

import pytest

from conftest import BINARY
from runner import until

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (debug|info|warning|error) +\S.*")
ONE = {"0001_one.sql": "create table one (id integer);"}
BAD = ONE | {"0002_bad.sql": "insert into one select 'ü\n\"x\"', nope;"}


def test_text_lines_have_one_form(entrypoint):
    run = entrypoint("--", "true", migrations=ONE)
    lines = run.err.splitlines()
    assert len(lines) >= 4
    assert all(LINE.fullmatch(line) for line in lines)
    assert "migration applied version=1 name=1_one ms=" in run.err


@pytest.mark.parametrize("way", ["option", "variable"])
def test_json_lines_are_objects(entrypoint, way):
    options, env = (["--log-format=json"], {}) if way == "option" else ([], {"PG_ENTRYPOINT_LOG_FORMAT": "json"})
    run = entrypoint(*options, "--", "echo", "started", migrations=BAD, env=env)
    assert run.code == 76
    events = run.events()
    assert all({"time", "level", "message"} <= event.keys() for event in events)
    applied = next(event for event in events if event["message"] == "migration applied")
    assert applied["version"] == "1" and isinstance(applied["ms"], int)
    error = events[-1]
    assert error["level"] == "error" and error["exit"] == 76 and error["sqlstate"] == "42703"
    assert error["at"] == "migrations/0002_bad.sql:2:7"
    assert "nope" in error["statement"] and error["hint"]


def test_json_is_valid_whatever_the_server_says(entrypoint):
    text = "do $$ begin raise notice E'a\\nb\\t\"c\\\\ ü \\x01 \\x1b[31m'; raise exception E'x\\ny \\x07'; end $$;"
    for options in (["--log-format=json"], ["--log-format=json", "--error-detail=full", "--debug"]):
        run = entrypoint("migrate", *options, migrations=ONE | {"0002_bad.sql": text})
        assert run.code == 76
        messages = [event["message"] for event in run.events()]
        assert any(message.startswith("server: a\nb") or message.startswith("server: a b") for message in messages)


def test_what_the_server_says_cannot_forge_a_line_or_colour(entrypoint):
    text = "do $$ begin raise warning E'a\\n2026-01-01T00:00:00.000Z info forged \\x1b[31m'; end $$; select E'\\n' || nope;"
    run = entrypoint("migrate", "--error-detail=full", migrations=ONE | {"0002_bad.sql": text})
    assert run.code == 76 and "forged" in run.err
    assert all(LINE.fullmatch(line) for line in run.err.splitlines())
    assert not any(line.startswith("2026-01-01T00:00:00.000Z") for line in run.err.splitlines())
    assert "\x1b" not in run.err


def test_colour_on_a_terminal_only(entrypoint):
    assert "\x1b[" not in entrypoint("migrate", migrations=ONE).err
    assert "\x1b[" in entrypoint("migrate", terminal=True).err
    run = entrypoint("migrate", "--log-format=json", terminal=True)
    assert "\x1b" not in run.err
    assert [json.loads(line) for line in run.err.splitlines()]


def test_quiet_keeps_warnings_and_errors(entrypoint, database):
    run = entrypoint("migrate", "--quiet", migrations=ONE | {"0002_warn.sql": "do $$ begin raise warning 'careful'; end $$;"})
    assert run.code == 0
    assert [LINE.fullmatch(line).group(1) for line in run.err.splitlines()] == ["warning"]
    assert database.applied() == ["1", "2"]
    assert "error" in entrypoint("migrate", "--quiet", migrations=BAD | {"0002_bad.sql": "x"}).err


def test_the_log_goes_to_stderr_and_stdout_is_the_applications(entrypoint):
    run = entrypoint("--debug", "--", "printf", "only this", migrations=ONE)
    assert run.out == "only this"


@pytest.mark.parametrize("options", [[], ["--error-detail=full"], ["--debug"]], ids=["safe", "full", "debug"])
def test_passwords_in_statements_are_masked(entrypoint, options):
    text = "create role nosuch_role_here password 'Litera1Secret' nosuchoption;"
    run = entrypoint("migrate", *options, migrations={"0001_role.sql": text})
    assert run.code == 76 and "***" in run.err
    assert "Litera1Secret" not in run.err


def test_a_reader_that_does_not_read_does_not_stop_the_application(entrypoint, tmp_path):
    run = entrypoint("--", "sh", "-c", f"exec 2>&-; echo done > {tmp_path}/done", migrations=ONE)
    assert run.code == 0 and (tmp_path / "done").exists()


SECRET_STATEMENTS = ["create role nosuch_role_here password/**/'Litera1Secret' nosuchoption;",
                     "create role nosuch_role_here password 'public'\n  'Litera1Secret' nosuchoption;",
                     "select set_config('app.smtp_password', 'Litera1Secret', false), nope;",
                     "set app.password to 'Litera1Secret' nope;",
                     """select '{"password": "Litera1Secret"}'::json, nope;"""]


@pytest.mark.parametrize("text", SECRET_STATEMENTS, ids=["comment", "continued", "set_config", "set", "json"])
@pytest.mark.parametrize("options", [[], ["--error-detail=full", "--debug"]], ids=["safe", "full"])
def test_passwords_are_masked_in_whatever_way_a_statement_has_them(entrypoint, text, options):
    run = entrypoint("migrate", *options, migrations={"0001_secret.sql": text})
    assert run.code == 76 and "***" in run.err
    assert "Litera1Secret" not in run.err
    run = entrypoint("migrate", *options, migrations={"0001_secret.sql": text.replace("Litera1Secret", "x").replace("password", "label")})
    assert "***" not in run.err


LONG = ("do $$ begin raise warning '%', repeat('ü\"', 50000); end $$;\n"
        "do $$ begin raise exception '%', repeat('x', 100000) using hint = repeat('y', 100000); end $$;")


@pytest.mark.parametrize("options", [["--log-format=text"], ["--log-format=json"]], ids=["text", "json"])
def test_a_line_fits_into_one_write_to_a_pipe(entrypoint, options):
    run = entrypoint("migrate", "--debug", *options, migrations=ONE | {"0002_long.sql": LONG})
    assert run.code == 76
    lines = run.err.encode().splitlines()
    assert max(map(len, lines)) < 4096
    assert [line for line in lines if len(line) > 1000 and "…".encode() in line]
    full = entrypoint("migrate", "--error-detail=full", *options)
    assert max(map(len, full.err.encode().splitlines())) > 100_000


def test_what_follows_a_torn_line_is_on_a_line_of_its_own(database, migrations, tmp_path):
    """A reader that sleeps while a line longer than the pipe is written, and reads on afterwards."""
    migrations({"0001_long.sql": "do $$ begin raise warning '%', repeat('x', 100000); end $$;\nselect pg_sleep(1);"})
    process = subprocess.Popen([BINARY, "migrate", "--error-detail=full"], cwd=tmp_path, env={"DATABASE_URL": database.url},
                               stderr=subprocess.PIPE, text=True)
    until(lambda: database.running("pg_sleep"), what="the statement after the long line")
    time.sleep(0.5)  # it was sent before the line was written
    lines = process.communicate(timeout=20)[1].splitlines()
    assert process.returncode == 0
    torn = [line for line in lines if "xxx" in line]
    assert len(torn) == 1 and len(torn[0]) < 100_000
    assert all(LINE.fullmatch(line) for line in lines) and "migration applied" in lines[lines.index(torn[0]) + 1]


@pytest.mark.parametrize("arguments, variable", [(["--log-format=json", "--bogus"], ""), (["--log-format", "json", "--bogus"], ""),
                                                 (["--bogus"], "json")])
def test_a_wrong_command_line_is_told_in_the_format_that_was_asked_for(entrypoint, arguments, variable):
    run = entrypoint(*arguments, env={"PG_ENTRYPOINT_LOG_FORMAT": variable} if variable else None)
    assert run.code == 64 and "--bogus" in run.events()[-1]["message"]
