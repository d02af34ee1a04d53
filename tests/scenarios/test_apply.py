"""What migration files may look like, and what becomes of the data."""

import shutil
import subprocess

import psycopg
import pytest

from conftest import ROOT
from dumps import dump_of
from servers import major_of, needs

NO_TRANSACTION = "-- pg-entrypoint: no-transaction\n"


def test_the_upgrade_of_projectvote_keeps_its_data(entrypoint, database, tmp_path):
    directory = tmp_path / "votes"
    directory.mkdir()
    shutil.copy(ROOT / "migrations" / "0001_initial_schema.sql", directory)
    assert entrypoint("migrate", "--dir", directory).code == 0
    database.execute("insert into applications (first_name, last_name, applicant_email, department, project_title, "
                     "project_description, costs) select 'Ada', 'Lovelace', 'ada@example.org', 'Maths', 'Engine', "
                     "'Analytical', n from generate_series(1, 50) n", user="owner")
    database.execute("insert into votes (application_id, voter_email, token) select id, 'v@example.org', id::text "
                     "from applications", user="owner")
    kept = "select md5(string_agg(x::text, ',' order by id)) from (select id, first_name, costs, status from applications) x"
    before = database.value(kept)
    shutil.copy(ROOT / "migrations" / "0002_dates.sql", directory)
    dated = "select count(created_at), count(concluded_at) from applications"
    for command in (["migrate"], ["down", "1"], ["migrate"]):
        assert entrypoint(*command, "--dir", directory).code == 0
        assert database.value(kept) == before
        assert database.value("select count(voter_email) from votes") == 50
        if command == ["migrate"]:
            assert database.rows(dated) == [(50, 0)]
            assert database.applied() == ["1", "2"]
        else:
            with pytest.raises(psycopg.errors.UndefinedColumn):
                database.rows(dated)
            assert database.applied() == ["1"]


def test_versions_are_ordered_as_numbers(entrypoint, database):
    files = {f"{version}_x.sql": f"insert into seen values ({int(version)});" for version in ("10", "9", "20260131120000")}
    files["0002_x.sql"] = "create table seen (version bigint);"
    assert entrypoint("migrate", migrations=files).code == 0
    assert database.applied() == ["2", "9", "10", "20260131120000"]
    assert database.value("select array_agg(version) from seen") == [9, 10, 20260131120000]


def test_copy_data_arrives_as_it_is(entrypoint, database):
    text = ("create table t (id integer, name text);\ncopy t (id, name) from stdin;\n1\tü;-- no comment\n2\t\\N\n"
            "3\t'it''s'\n\\.\ninsert into t values (4, 'after');\n")
    assert entrypoint("migrate", migrations={"0001_copy.sql": text}).code == 0
    assert database.rows("select * from t order by id") == [(1, "ü;-- no comment"), (2, None), (3, "'it''s'"), (4, "after")]


@pytest.mark.skipif(major_of("pg_dump") != major_of("postgres"),
                    reason=f"pg_dump {major_of('pg_dump')} writes for its own version; the server is {major_of('postgres')}")
def test_output_of_pg_dump_is_a_migration_and_the_next_one_sees_the_usual_search_path(entrypoint, database, admin):
    source = f"{database.name}_source"
    admin.execute(f"create database {source} owner owner")
    try:
        with psycopg.connect(database.url_of("owner", name=source), autocommit=True) as connection:
            connection.execute("create table people (id integer generated always as identity primary key, name text, "
                               "parent integer references people)")
            connection.execute("insert into people (name) select 'N' || n from generate_series(1, 1000) n")
            connection.execute("create function twice(n integer) returns integer language sql begin atomic "
                               "select n * 2; end")
            connection.execute("create view named as select id, name from people where name is not null")
        dump = subprocess.run(["pg_dump", "--no-owner", database.url_of("owner", name=source)], check=True,
                              capture_output=True, timeout=30).stdout
    finally:
        admin.execute(f"drop database {source} with (force)")
    assert b"COPY public.people" in dump and b"set_config('search_path', ''" in dump
    restricted = dump if b"\\restrict" in dump else b"\\restrict abc\n" + dump + b"\\unrestrict abc\n"
    run = entrypoint("migrate", migrations={"0001_dump.sql": restricted,
                                            "0002_next.sql": "alter table people add column age integer;"})
    assert run.code == 0, run.err
    assert database.applied() == ["1", "2"]
    assert database.value("select count(*) from named") == 1000
    assert database.value("select twice(21)") == 42
    assert database.value("select count(age) from people") == 0


@needs("pg_dump")
@pytest.mark.parametrize("options", [[], ["--clean", "--if-exists"], ["--clean", "--if-exists", "--inserts"]], ids=" ".join)
def test_a_dump_with_large_objects_is_a_migration(entrypoint, database, options):
    database.execute("create table t (id integer primary key); insert into t values (1); create view v as select * from t")
    database.execute("select lo_from_bytea(4711, 'first'), lo_from_bytea(4712, '')")
    dump = dump_of(database.url_of("boss"), "--no-owner", *options)
    assert b"lo_open('4711'" in dump and b"BEGIN;" in dump
    database.execute("drop view v; drop table t; select lo_unlink(4711), lo_unlink(4712)")
    run = entrypoint("migrate", migrations={"0001_dump.sql": dump, "0002_next.sql": "insert into t values (2);"})
    assert run.code == 0, run.err
    assert database.applied() == ["1", "2"] and database.value("select count(*) from v") == 2
    assert bytes(database.value("select lo_get(4711)")) == b"first" and bytes(database.value("select lo_get(4712)")) == b""
    database.execute("select lo_unlink(4711), lo_unlink(4712)")


def test_another_transaction_inside_is_still_refused(entrypoint, database):
    text = "select 1;\nbegin;\nselect pg_catalog.lo_open('1', 131072);\nselect 2;\ncommit;\n"
    run = entrypoint("migrate", migrations={"0001_a.sql": text})
    assert run.code == 65 and "at=migrations/0001_a.sql:2:1 " in run.err


@pytest.mark.parametrize("text", ["BEGIN;\ncreate table t (id integer);\nCOMMIT;\n",
                                  "-- a header\nbegin transaction;\ncreate table t (id integer);\nend;",
                                  "start transaction;\ncreate table t (id integer);\ncommit work;"])
def test_a_file_may_be_wrapped_in_begin_and_commit(entrypoint, database, text):
    assert entrypoint("migrate", migrations={"0001_wrapped.sql": text}).code == 0
    assert database.applied() == ["1"] and database.exists("t")


@pytest.mark.parametrize("text, place, word", [
    ("create table t (id integer);\nCOMMIT;\ncreate table u (id integer);", "2:1", "COMMIT"),
    ("begin;\ncreate table t (id integer);", "1:1", "BEGIN"),
    ("create table t (id integer);\n  rollback;", "2:3", "ROLLBACK"),
    ("create table t (id integer);\ncreate index concurrently t_idx on t (id);", "2:1", "no-transaction"),
    ("create table t (id integer);\nvacuum t;", "2:1", "no-transaction"),
    (NO_TRANSACTION + "create table t (id integer);\ncreate index concurrently on t (id);", "3:1", "name it"),
    (NO_TRANSACTION + "begin;\ncreate table t (id integer);", "2:1", "BEGIN"),
    ("create table t (id integer);\nselect 'never closed;\n", "2:8", ""),
    ("create table t (id integer);\n/* never closed", "2:1", ""),
])
def test_what_cannot_work_is_refused_before_anything_runs(entrypoint, database, text, place, word):
    run = entrypoint("--", "echo", "started", migrations={"0001_fine.sql": "create table fine (id integer);",
                                                          "0002_bad.sql": text})
    assert run.code == 65
    assert f"migrations/0002_bad.sql:{place}" in run.err and word in run.err
    assert "started" not in run.out
    assert not database.exists("fine") and not database.exists("pgentrypoint.history")


@pytest.mark.parametrize("text", ["create table t (id integer) -- the last line is a comment",
                                  "create table t (id integer);\r\ninsert into t values (1);\r\n",
                                  "\ufeffcreate table t (id integer);",
                                  "create table t (id integer);;;\n;",
                                  "create table t (id integer);\nselect 1; /* nested /* comment */ here */"],
                         ids=["comment", "crlf", "bom", "semicolons", "nested"])
def test_what_looks_odd_is_fine(entrypoint, database, text):
    assert entrypoint("migrate", migrations={"0001_odd.sql": text}).code == 0
    assert database.applied() == ["1"] and database.exists("t")


def test_statements_that_refuse_transactions_run_in_a_file_without_one(entrypoint, database):
    text = ("-- migrate:up transaction:false\ncreate table t (id integer);\ncreate index concurrently t_idx on t (id);\n"
            "vacuum t;\ncreate procedure p() language plpgsql as $$ begin insert into t values (1); commit; "
            "insert into t values (2); end $$;\ncall p();\ndrop index concurrently t_idx;\n")
    run = entrypoint("migrate", migrations={"0001_alone.sql": text})
    assert run.code == 0, run.err
    assert database.history("state, step, steps") == [("applied", 6, 6)]
    assert database.value("select array_agg(id) from t") == [1, 2]
    assert not database.exists("t_idx")


def test_an_ended_application_release_finds_its_history_complete(entrypoint, database):
    assert entrypoint("migrate", migrations={"0001_größe.sql": "select 1;\n-- migrate:down\nselect 2;\n"}).code == 0
    columns = "kind, version, name, state, applied_by, down_sql, format, cardinality(checksums), milliseconds is not null"
    assert database.history(columns) == [("versioned", "1", "größe", "applied", "owner", "select 2;\n", 1, 1, True)]


def test_a_megabyte_of_statements_is_applied(entrypoint, database):
    rows = "".join(f"insert into t values ({number}, '{'x' * 100}');\n" for number in range(5000))
    run = entrypoint("migrate", migrations={"0001_big.sql": "create table t (id integer, x text);\n" + rows})
    assert run.code == 0
    assert database.value("select count(*) from t") == 5000
