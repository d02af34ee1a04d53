"""Migrations that fail: 76, the place, what the server said; what was applied stays, the application does not start."""

import pytest

FIRST = {"0001_first.sql": "create table first (id integer primary key);\ninsert into first values (42);"}


def failing(entrypoint, text, *options, **more):
    return entrypoint(*options, "--", "echo", "started", migrations=FIRST | {"0002_bad.sql": text}, **more)


def assert_failed(run, database, text, what):
    """Where `what` is in the text, in lines and characters from 1, is where the error is."""
    before = text[: text.index(what)]
    place = f"{before.count(chr(10)) + 1}:{len(before) - (before.rfind(chr(10)) + 1) + 1}"
    assert run.code == 76
    assert f"at=migrations/0002_bad.sql:{place} " in run.err
    assert "started" not in run.out
    assert database.applied() == ["1"]
    assert database.lock_is_free()


@pytest.mark.parametrize("text, what", [
    ("create table half (id integer);\ncreate table broken (id nosuch);\n", "nosuch"),
    ("insert into first values (1);\n\n  insert into first\n    select 'äöü€😀', nope;\n", "nope"),
    ("/* größer\n als 😀 */ select 'ß' || $tag$ 'é' $tag$ || missing;", "missing"),
    ("-- only ü in front\r\ncreate table half (id integer);\r\nselect 'ü', wrong;\r\n", "wrong"),
    ("create table half (id integer);\nselect * frm x;", "frm"),
    ("\ufeffselect nope;", "nope"),
], ids=["type", "astral", "comment", "crlf", "syntax", "bom"])
def test_the_place_is_exact(entrypoint, database, text, what):
    run = failing(entrypoint, text)
    normal = text.replace("\r\n", "\n").removeprefix("\ufeff")
    assert_failed(run, database, normal, what)
    assert "sqlstate=42" in run.err and "hint=" in run.err
    assert not database.exists("half")


def test_an_error_without_position_is_at_the_first_word_of_its_statement(entrypoint, database):
    text = "create table half (id integer);\n\n-- again\n  insert into first values (42);\n"
    run = failing(entrypoint, text)
    assert_failed(run, database, text, "insert")
    assert "sqlstate=23505" in run.err


def test_the_servers_hint_is_passed_on(entrypoint, database):
    text = "select identifier from (select 1 as identifer) x;"
    run = failing(entrypoint, text)
    assert_failed(run, database, text, "identifier from")
    assert "identifer" in run.err.split("hint=")[1]


def test_the_servers_detail_is_shown_only_when_asked_for(entrypoint, database):
    text = "insert into first values (42);"
    run = failing(entrypoint, text)
    assert_failed(run, database, text, "insert")
    assert "Key (id)=(42)" not in run.err and "--error-detail=full" in run.err
    run = failing(entrypoint, text, "--error-detail=full")
    assert_failed(run, database, text, "insert")
    assert "Key (id)=(42) already exists" in run.err


def test_the_detail_is_shown_on_a_terminal(entrypoint, database):
    run = failing(entrypoint, "insert into first values (42);", terminal=True)
    assert run.code == 76
    assert "Key (id)=(42) already exists" in run.err


def test_values_that_the_server_quotes_are_masked(entrypoint, database):
    text = "create table t (id integer);\ncopy t from stdin;\nprivate-value\n\\.\n"
    run = failing(entrypoint, text)
    assert run.code == 76 and "sqlstate=22P02" in run.err
    assert "private-value" not in run.err and ".sql:3:1 " in run.err
    assert not database.exists("t")


def test_a_row_of_copy_and_a_line_of_a_block_are_told_as_lines_of_the_file(entrypoint, database):
    rows = "".join(f"{number}\n" for number in range(500))
    run = failing(entrypoint, f"create table t (id integer);\ncopy t from stdin;\n{rows}private-value\n5\n\\.\n")
    assert run.code == 76 and ".sql:503:1 " in run.err and "private-value" not in run.err
    block = "create table t (id integer);\ndo $$\nbegin\n  perform 1;\n  perform 'private-value'::integer;\nend $$;\n"
    run = failing(entrypoint, block)
    assert run.code == 76 and ".sql:5:3 " in run.err, run.err


def test_the_host_and_the_setting_are_shown_when_the_servers_answer_has_a_value(entrypoint, database):
    url = database.url + ("&" if "?" in database.url else "?") + "options=-clock_timeout%3Dprivate-value"
    run = entrypoint("migrate", "--login-grace", "0", migrations={"1_a.sql": "select 1;"}, env={"DATABASE_URL": url})
    last = run.err.splitlines()[-1]
    assert 'parameter \\"lock_timeout\\"' in last or 'parameter "lock_timeout"' in last, run.err
    assert "***" in last and "private-value" not in last and 'connection to server at "***"' not in last


def test_a_long_statement_is_cut(entrypoint, database):
    text = f"select '{'x' * 1000}', nope;"
    run = failing(entrypoint, text)
    assert_failed(run, database, text, "nope")
    assert "x" * 300 not in run.err


def test_an_error_inside_a_block_is_at_its_line(entrypoint, database):
    text = "create table half (id integer);\ndo $$ begin\n  perform 1/0;\nend $$;\n"
    run = failing(entrypoint, text)
    assert_failed(run, database, text, "perform")
    assert "sqlstate=22012" in run.err


def test_a_deferred_constraint_fails_at_commit_and_takes_everything_back(entrypoint, database):
    text = ("create table half (id integer references first deferrable initially deferred);\n"
            "insert into half values (7);\n")
    run = failing(entrypoint, text)
    assert run.code == 76 and "sqlstate=23503" in run.err and "0002_bad.sql" in run.err
    assert "started" not in run.out
    assert database.applied() == ["1"] and not database.exists("half")


def test_a_failing_step_keeps_the_steps_before_it_and_the_mended_rest_resumes(entrypoint, database):
    text = "-- pg-entrypoint: no-transaction\ncreate table half (id integer);\ninsert into half select * from later;\n"
    run = failing(entrypoint, text)
    assert run.code == 76 and "0002_bad.sql:3:" in run.err
    assert database.history("version, state, step") == [("1", "applied", 0), ("2", "running", 1)]
    database.execute("create table later (id integer)", user="owner")
    run = failing(entrypoint, text)
    assert (run.code, run.out) == (0, "started\n")
    assert database.applied() == ["1", "2"]


def test_a_missing_right_says_what_to_grant(entrypoint, database):
    database.execute("create table treasure (id integer)")
    run = failing(entrypoint, "alter table treasure add column more integer;", "--allow-existing")
    assert run.code == 76 and "sqlstate=42501" in run.err
    assert "--role or MIGRATE_DATABASE_URL" in run.err
    assert database.applied() == ["1"]


@pytest.mark.parametrize("text", ["do $$ begin commit; end $$;",
                                  "create subscription s connection 'dbname=none' publication p;"])
def test_what_needs_a_file_without_transaction_is_told_so(entrypoint, database, text):
    run = entrypoint("migrate", migrations={"0001_alone.sql": text}, env={"DATABASE_URL": database.url_of("boss")})
    assert run.code == 76 and "add this line at the top of the file: -- pg-entrypoint: no-transaction" in run.err


def test_a_history_that_may_be_read_but_not_written_says_what_to_grant(entrypoint, database):
    assert entrypoint("migrate", migrations={"0001_one.sql": "select 1;"}).code == 0
    database.execute("grant usage on schema pgentrypoint to reader; grant select on pgentrypoint.history to reader")
    run = entrypoint("migrate", migrations={"0001_one.sql": "select 1;", "0002_two.sql": "select 2;"},
                     env={"DATABASE_URL": database.url_of("reader")})
    assert run.code == 77 and "grant select, insert, update, delete on" in run.err and "MIGRATE_DATABASE_URL" in run.err


def test_a_statement_timeout_of_ours_is_named(entrypoint, database):
    run = failing(entrypoint, "select pg_sleep(30);", "--statement-timeout", "100ms")
    assert_failed(run, database, "select pg_sleep(30);", "select")
    assert "sqlstate=57014" in run.err and "--statement-timeout" in run.err
