"""What looks odd in a file and is fine."""

import pytest

TABLE = "create table a (id integer);"


@pytest.mark.parametrize("text", [
    TABLE + "\ninsert into a values (1);\n-- the end", TABLE + "insert into a values (1) -- the end",
    TABLE + "insert into a values (1) /* the end */", (TABLE + "\ninsert into a\n  values (1);\n").replace("\n", "\r\n"),
    (TABLE + "\ninsert into a\n  values (1);\n").replace("\n", "\r"), "\ufeff" + TABLE + "insert into a values (1);",
    "\ufeff-- pg-entrypoint: lock_timeout=1s\r\n" + TABLE + "insert into a values (1);", "\n\n;;" + TABLE + ";;\ninsert into a values (1)\n;\n",
    "begin;\n" + TABLE + "insert into a values (1);\ncommit;", TABLE + "copy a from stdin;\r\n1\r\n\\.\r\n",
    TABLE + "insert into a values (1);\n-- migrate:down", TABLE + "insert into a select 1 where ';' <> '--' and $$;'$$ <> '/*';\f\v\t ",
], ids=["a comment at the end", "a comment without semicolon", "a block comment at the end", "CRLF", "CR", "BOM", "BOM, directive and CRLF",
        "empty statements", "its own transaction", "COPY with CRLF", "an empty down part", "quotes in quotes"])
def test_it_is_applied_as_it_is_meant(entrypoint, database, text):
    run = entrypoint("migrate", migrations={"0001_a.sql": text})
    assert run.code == 0, run.err
    assert database.applied() == ["1"] and database.value("select array_agg(id) from a") == [1]


def test_line_ends_are_no_drift_in_a_large_file_either(entrypoint, database):
    rows = "".join(f"insert into a values ({number});\n" for number in range(20))
    text = f"{TABLE}\n{rows}-- {'x' * 2_000_000}\n"
    assert entrypoint("migrate", migrations={"0001_a.sql": text.replace("\n", "\r\n")}).code == 0
    assert database.value("select count(*) from a") == 20
    assert entrypoint("check", migrations={"0001_a.sql": text}).code == 0
    assert entrypoint("check", migrations={"0001_a.sql": text.replace("(7)", "(8)")}).code == 65


def test_a_hundred_megabytes_in_one_file_are_applied(entrypoint, database):
    """COPY data, and 2 MB of statements with 10 rows each."""
    data = f"1\t{'x' * 996}\n" * 98_000
    insert = f"insert into a values {','.join(['(2, repeat($$ö$$, 30))'] * 10)};\n"
    text = f"create table a (id integer, text text);\ncopy a from stdin;\n{data}\\.\n{insert * 8000}-- the end"
    run = entrypoint("migrate", migrations={"0001_a.sql": text}, timeout=60)
    assert run.code == 0, run.err
    print(f"{len(text.encode()) / 1e6:.0f} MB in {run.seconds:.1f} s")
    assert database.rows("select id, count(*) from a group by id order by id") == [(1, 98_000), (2, 80_000)]
