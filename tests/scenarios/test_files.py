"""Migration files that are not as the history knows them, or not files."""

import shutil

import pytest

from conftest import ENCODED
from servers import free_port

A, B, C = ({f"{number:04}_{name}.sql": f"create table {name} (id integer);"} for number, name in enumerate("abc", 1))
START = ["--", "echo", "started"]


def assert_refused(run, database, code, *words):
    assert run.code == code
    for word in words:
        assert word in run.err
    assert "started" not in run.out


def test_no_directory_is_66(entrypoint, database):
    assert_refused(entrypoint(*START), database, 66, "migrations", "--dir")


def test_an_empty_directory_is_66_unless_allowed(entrypoint, database):
    assert_refused(entrypoint(*START, migrations={"README.md": "none yet"}), database, 66, "--allow-empty")
    assert entrypoint("--allow-empty", *START).out == "started\n"
    assert entrypoint("migrate", env={"PG_ENTRYPOINT_ALLOW_EMPTY": "true"}).code == 0


def test_an_applied_file_that_changed_is_65(entrypoint, database):
    entrypoint("migrate", migrations=A | B)
    run = entrypoint(*START, migrations=A | {"0002_b.sql": "create table b (id bigint);"} | C)
    assert_refused(run, database, 65, "0002_b.sql has changed", "accept 2")
    assert not database.exists("c")


def test_two_files_of_one_version_are_65(entrypoint, database):
    run = entrypoint(*START, migrations={"007_right.sql": "select 1;", "7_left.sql": "select 1;"})
    assert_refused(run, database, 65, "version 7", "007_right.sql", "7_left.sql")
    assert not database.exists("pgentrypoint.history")


@pytest.mark.parametrize("files, code, word", [({}, 66, "no migration files in migrations"), ({"first.sql": ""}, 65, "<version>_<name>.sql"),
                                               ({"007_right.sql": "", "7_left.sql": ""}, 65, "two files have version 7")])
@pytest.mark.parametrize("url", [f"postgresql://owner:{ENCODED}@127.0.0.1:PORT/app", "postgresql://owner@127.0.0.1:DATABASE/missing",
                                 "postgresql://owner@host/app?sslmode=perhaps"], ids=["nothing listens", "refused", "no URL"])
def test_what_is_wrong_with_the_files_is_told_rather_than_waiting_for_a_database(entrypoint, database, files, code, word, url):
    url = url.replace("PORT", str(free_port())).replace("DATABASE", str(database.port))
    run = entrypoint("--wait-timeout", "20s", *START, migrations=files, env={"DATABASE_URL": url})
    assert_refused(run, database, code, word)
    assert run.seconds < 5 and "waiting for the database" not in run.err and run.err.count("error") == 1
    # The twin: with files it is the database.
    other = entrypoint("--wait-timeout", "300ms", "--login-grace", "0", *START, migrations=A, env={"DATABASE_URL": url})
    assert other.code not in (0, 65, 66)


def test_repeatable_files_are_refused(entrypoint, database):
    run = entrypoint(*START, migrations=A | {"R__views.sql": "create view v as select 1;"})
    assert_refused(run, database, 65, "R__views.sql", "not supported")
    assert not database.exists("a")


@pytest.mark.parametrize("name, word", [("V1__flyway.sql", "rename it to 1_flyway.sql"), ("first.sql", "<version>_<name>.sql"),
                                        ("0001_x.up.sql", "-- migrate:down"), ("0001.sql", "<version>_<name>.sql"),
                                        ("0002_X.SQL", "rename it to 0002_X.sql")])
def test_names_of_other_tools_are_refused(entrypoint, database, name, word):
    assert_refused(entrypoint(*START, migrations={name: "select 1;"}), database, 65, name, word)


def test_sql_that_is_not_read_is_told_once(entrypoint, database, tmp_path):
    told = "SQL that is not read names="
    for folder, file in (("v1", "1_a.sql"), ("v2", "2_B.SQL"), ("seeds", "data.csv"), (".hidden", "3_c.sql")):
        (tmp_path / "migrations" / folder).mkdir(parents=True)
        (tmp_path / "migrations" / folder / file).write_text("select 1;")
    (tmp_path / "migrations" / "2_b.sql.gz").write_bytes(b"")
    (tmp_path / "migrations" / "README.md.gz").write_bytes(b"")
    run = entrypoint("migrate")
    assert run.code == 66 and "no migration files in migrations; not read: 2_b.sql.gz, v1/, v2/" in run.err
    (tmp_path / "migrations" / "1_a.sql").write_text("create table a (id integer);")
    run = entrypoint(*START)
    assert run.out == "started\n" and run.err.count(told) == 1 and f'{told}"2_b.sql.gz, v1/, v2/"' in run.err
    for name in ("v1", "v2"):
        shutil.rmtree(tmp_path / "migrations" / name)
    (tmp_path / "migrations" / "2_b.sql.gz").unlink()
    assert told not in entrypoint(*START).err


@pytest.mark.parametrize("content, word", [(b"select '\xff';", "UTF-8"), (b"select 1;\0", "NUL")])
def test_bytes_that_are_no_text_are_65(entrypoint, database, content, word):
    run = entrypoint(*START, migrations=A | {"0002_bytes.sql": content})
    assert_refused(run, database, 65, "0002_bytes.sql", word)
    assert not database.exists("a")


@pytest.mark.parametrize("text", ["", "-- migrate:up\n", "begin;\ncommit;\n"])
def test_a_file_without_statements_is_65(entrypoint, database, text):
    assert_refused(entrypoint(*START, migrations={"0001_empty.sql": text}), database, 65, "no statement", "-- nothing to do")


def test_a_new_file_in_which_nobody_has_written_is_65(entrypoint, database, migrations):
    migrations({})
    assert entrypoint("new", "later").code == 0
    assert_refused(entrypoint(*START), database, 65, "no statement")


@pytest.mark.parametrize("text", ["-- NOOP", "/* MySQL only:\nalter table a engine = InnoDB; */\n", "begin;\n-- nothing to do\ncommit;\n",
                                  "-- pg-entrypoint: no-transaction\n-- the index is built by hand\n", "-- NOOP\n-- migrate:down\n-- NOOP\n"],
                         ids=["line", "block", "wrapped", "no-transaction", "down"])
def test_a_file_of_comments_is_applied_with_one_warning_and_reverted(entrypoint, database, text):
    files = A | {"0002_noop.sql": text} | C
    run = entrypoint(*START, migrations=files)
    assert run.out == "started\n" and database.applied() == ["1", "2", "3"]
    assert run.err.count("warning") == 1 and "the migration has only comments: nothing was run version=2 name=2_noop" in run.err
    again = entrypoint(*START)
    assert again.out == "started\n" and "only comments" not in again.err
    assert entrypoint("check").code == 0 and entrypoint("status").out.count("applied ") == 3
    changed = entrypoint("check", migrations=A | {"0002_noop.sql": text.replace("-- ", "-- not ", 1).replace("/*", "/* not", 1)} | C)
    assert changed.code == 65 and "has changed" in changed.err or "-- not pg-entrypoint" in changed.err
    assert entrypoint("down", migrations=A | {"0002_noop.sql": text} | {"0003_c.sql": C["0003_c.sql"] + "\n-- migrate:down\ndrop table c;"}).code == 0
    reverted = entrypoint("down")
    assert reverted.code == 0 and "only comments" in reverted.err and database.applied() == ["1"]


def test_a_link_that_leaves_the_directory_is_65(entrypoint, database, migrations, tmp_path):
    (tmp_path / "elsewhere.sql").write_text("create table elsewhere (id integer);")
    (migrations(A) / "0002_link.sql").symlink_to(tmp_path / "elsewhere.sql")
    assert_refused(entrypoint(*START), database, 65, "0002_link.sql", "outside")
    assert not database.exists("elsewhere") and not database.exists("a")


def test_links_as_kubernetes_mounts_them_are_fine(entrypoint, database, migrations):
    directory = migrations({})
    (directory / "..stamp").mkdir()
    (directory / "..stamp" / "0001_a.sql").write_text(A["0001_a.sql"])
    (directory / "..data").symlink_to("..stamp")
    (directory / "0001_a.sql").symlink_to("..data/0001_a.sql")
    assert entrypoint("migrate").code == 0
    assert database.applied() == ["1"]


def test_a_late_file_is_65_unless_asked_for(entrypoint, database):
    entrypoint("migrate", migrations=A | C)
    run = entrypoint(*START, migrations=A | B | C)
    assert_refused(run, database, 65, "out of order: 2_b", "--out-of-order=apply")
    assert not database.exists("b")
    assert entrypoint("--out-of-order=apply", *START).out == "started\n"
    assert database.history() == ["1", "3", "2"]
    # The image of before starts again: order of application counts, not the version.
    run = entrypoint(*START, migrations=A | C)
    assert run.out == "started\n" and "ahead of this image" in run.err


def test_an_older_image_starts_on_a_newer_schema(entrypoint, database):
    entrypoint("migrate", migrations=A | B | C)
    run = entrypoint(*START, migrations=A | B)
    assert run.out == "started\n" and "last=3_c" in run.err


def test_a_hole_is_65(entrypoint, database):
    entrypoint("migrate", migrations=A | B | C)
    assert_refused(entrypoint(*START, migrations=A | C), database, 65, "2_b", "restore the missing files")


def test_another_applications_history_is_65(entrypoint, database):
    entrypoint("migrate", migrations=A | B)
    run = entrypoint(*START, migrations={"20260101000000_x.sql": "create table x (id integer);"})
    assert_refused(run, database, 65, "wrong database or wrong --dir")
    assert not database.exists("x")


def test_directives_that_are_not_known_are_65(entrypoint, database):
    run = entrypoint(*START, migrations={"0001_a.sql": "select 1;", "0002_b.sql": "-- pg-entrypoint: no-transactions\nselect 1;"})
    assert_refused(run, database, 65, "0002_b.sql:1:19", "no-transactions", "known directives")
    assert not database.exists("pgentrypoint.history")
