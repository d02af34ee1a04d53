"""Hints that lead to the cause, where another one would lead astray."""

import pytest

from alembic_project import AlembicProject

START = ("--", "echo", "started")
ALEMBIC = ("--migrator", "alembic upgrade head")
ONE = {"1_one.sql": "create table one (id integer);\n-- migrate:down\ndrop table one;\n"}
TWO = ONE | {"2_two.sql": "create table two (id integer);\n-- migrate:down\ndrop table wrong;\n"}


@pytest.mark.parametrize("files, said, unsaid", [(ONE, "this down part was kept in the history", "fix the down part in the file"),
                                                 (TWO, "fix the down part in the file", "was kept in the history")])
def test_a_down_part_that_fails_is_corrected_where_it_is(entrypoint, database, files, said, unsaid):
    assert entrypoint("migrate", migrations=TWO).code == 0
    done = entrypoint("down", migrations=files)
    assert done.code == 76 and said in done.err and unsaid not in done.err
    assert database.applied() == ["1", "2"]


@pytest.mark.parametrize("options, env", [(["--migrate=check"], {}), ([], {"PG_ENTRYPOINT_MIGRATE": "check"})])
def test_the_hint_of_check_names_both_ways_to_ask_for_it(entrypoint, migrations, options, env):
    migrations(ONE)
    for migrator in ([], ["--migrator", "true", "--migrator-inputs", "migrations", "--migrator-state", "select 1"]):
        done = entrypoint(*migrator, *options, *START, env=env)
        assert done.code == 75 and "with check (--migrate, PG_ENTRYPOINT_MIGRATE) nothing is applied" in done.err


DROPS = {"a table": 'op.execute("drop table pgentrypoint.facts")',
         "the schema": 'op.execute("drop schema pgentrypoint cascade")',
         "nothing": "pass"}


@pytest.mark.parametrize("dropped", DROPS)
def test_a_revision_that_drops_our_table_is_named_and_recorded_all_the_same(entrypoint, database, tmp_path, dropped):
    AlembicProject(tmp_path).revision("a1", upgrade=DROPS[dropped])
    done = entrypoint(*ALEMBIC, *START)
    assert (done.code, done.out) == (0, "started\n"), done.err
    assert ("include_name in env.py" in done.err) == (dropped != "nothing")
    assert database.rows("select kind, state_left from pgentrypoint.facts") == [("ancestry", "a1")]


def test_a_receipt_is_left_although_the_migrator_has_dropped_our_tables(entrypoint, tmp_path):
    tool = ("--migrator", "sh -c 'psql -qX \"$DATABASE_URL\" -c \"drop schema pgentrypoint cascade\"'", "--migrator-inputs",
            str(tmp_path / "input"), "--migrator-state", "select 1")
    (tmp_path / "input").touch()
    done = entrypoint(*tool, *START)
    assert (done.code, done.out) == (0, "started\n") and "pg-entrypoint's own tables" in done.err, done.err
    assert "nothing to do" in entrypoint(*tool, *START).err


@pytest.mark.parametrize("text, said", [("[tool.alembic\nscript_location = 'alembic'\n", "at=pyproject.toml:1:"),
                                        ("[tool.alembic ]\nscript_location = 'a\n", "at=pyproject.toml:2:"),
                                        ("[project]\ndependencies = ['alembic']\n", "alembic.ini cannot be read")])
def test_a_broken_pyproject_is_reported_as_itself(entrypoint, tmp_path, text, said):
    (tmp_path / "pyproject.toml").write_text(text)
    done = entrypoint("check", *ALEMBIC)
    assert done.code != 0 and said in done.err and 'at=""' not in done.err
    assert ("alembic.ini" in done.err) == said.startswith("alembic.ini")
