"""Flask-Migrate's layout: the ini has no script_location, and env.py asks the application. Flask is not installed where
the tests run: a stand-in does what `flask db upgrade` does with Alembic, which is the real one."""

import os

import pytest

from alembic_project import AlembicProject

FLASK = """\
#!/usr/bin/env python3
import argparse, os, sys, types
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, pool

url = os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://", 1)
engine = create_engine(url, poolclass=pool.NullPool)
database = types.SimpleNamespace(engine=engine, metadata=None)
arguments = {"version_table": os.environ["APP_TABLE"]} if "APP_TABLE" in os.environ else {}
extension = types.SimpleNamespace(db=database, configure_args=arguments)
module = types.ModuleType("flask")
module.current_app = types.SimpleNamespace(extensions={"migrate": extension},
                                           config={"SQLALCHEMY_DATABASE_URI": url})
sys.modules["flask"] = module

parser = argparse.ArgumentParser()
parser.add_argument("--app")
parser.add_argument("words", nargs="*")
parser.add_argument("-d", "--directory", default="migrations")
options = parser.parse_intermixed_args()
assert options.words[:2] == ["db", "upgrade"]
config = Config(os.path.join(options.directory, "alembic.ini"))
config.set_main_option("script_location", options.directory)
command.upgrade(config, (options.words[2:] or ["head"])[0])
"""

INI = """\
[alembic]
# file_template = %%(rev)s_%%(slug)s

[loggers]
keys = root
[handlers]
keys = console
[formatters]
keys = plain
[logger_root]
level = INFO
handlers = console
[handler_console]
class = StreamHandler
args = (sys.stderr,)
formatter = plain
[formatter_plain]
format = %(levelname)s %(message)s
"""

HEAD = """\
import logging
from logging.config import fileConfig
from flask import current_app
from sqlalchemy import engine_from_config, pool
from alembic import context

config = context.config
fileConfig(config.config_file_name, disable_existing_loggers=False)


def offline():
    context.configure(url=config.get_main_option("sqlalchemy.url"), literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


def retried(func):
    def inner(*args, **kwargs):
        return func(*args, **kwargs)
    return inner
"""

ENGINE_FROM_CONFIG = HEAD + """
config.set_main_option('sqlalchemy.url', current_app.config.get('SQLALCHEMY_DATABASE_URI').replace('%', '%%'))


@retried
def online():
    def no_empty_revision(context, revision, directives):
        pass

    engine = engine_from_config(config.get_section(config.config_ini_section), prefix='sqlalchemy.',
                                poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=current_app.extensions['migrate'].db.metadata,
                          process_revision_directives=no_empty_revision,
                          **current_app.extensions['migrate'].configure_args)
        with context.begin_transaction():
            context.run_migrations()


offline() if context.is_offline_mode() else online()
"""

GET_ENGINE = HEAD + """
def get_engine():
    try:
        return current_app.extensions['migrate'].db.get_engine()
    except (TypeError, AttributeError):
        return current_app.extensions['migrate'].db.engine


target_db = current_app.extensions['migrate'].db


@retried
def online():
    def no_empty_revision(context, revision, directives):
        if getattr(config.cmd_opts, 'autogenerate', False):
            directives[:] = []

    conf_args = current_app.extensions['migrate'].configure_args
    if conf_args.get("process_revision_directives") is None:
        conf_args["process_revision_directives"] = no_empty_revision
    with get_engine().connect() as connection:
        context.configure(connection=connection, target_metadata=target_db.metadata, **conf_args)
        with context.begin_transaction():
            context.run_migrations()


offline() if context.is_offline_mode() else online()
"""


@pytest.fixture(params=["engine_from_config", "get_engine"])
def flask(request, tmp_path, entrypoint):
    """A project by one generation of the template, and a way to run it."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "flask").write_text(FLASK)
    (tmp_path / "bin" / "flask").chmod(0o755)
    template = {"engine_from_config": ENGINE_FROM_CONFIG, "get_engine": GET_ENGINE}[request.param]

    class Project:
        def write(self, folder="migrations"):
            versions = tmp_path / folder / "versions"
            versions.mkdir(parents=True)
            (tmp_path / folder / "alembic.ini").write_text(INI)
            (tmp_path / folder / "env.py").write_text(template)
            self.versions = versions
            self.table("f1")
            return self

        def table(self, name, down=None):
            AlembicProject.table(self, name, down)

        def revision(self, *arguments, **more):
            return AlembicProject.revision(self, *arguments, **more)

        def run(self, command="flask db upgrade", env=None, code=0):
            variables = {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"} | (env or {})
            done = entrypoint("--migrator", command, "--", "true", env=variables)
            assert done.code == code, done.err
            return done.err

    return Project()


@pytest.mark.parametrize("command,folder", [("flask db upgrade", "migrations"), ("flask --app x db upgrade", "migrations"),
                                            ("flask db upgrade -d db/alembic head", "db/alembic"),
                                            ("flask db upgrade --directory=db/alembic/", "db/alembic")])
def test_inputs_and_state_are_known(flask, database, command, folder):
    flask.write(folder)
    first = flask.run(command)
    assert "Running upgrade  -> f1" in first and " warning " not in first
    assert "alembic_version, unless the application gives Migrate()" in first
    again = flask.run(command)
    assert "nothing to do" in again and " warning " not in again
    flask.table("f2", "f1")
    assert "Running upgrade f1 -> f2" in flask.run(command)
    assert database.value("select version_num from alembic_version") == "f2"


def test_a_version_table_of_the_application_has_to_be_said(flask, database):
    """It cannot be told from an application that uses another database."""
    flask.write()
    own = {"APP_TABLE": "app_version"}
    told = flask.run(env=own, code=76)
    assert "the database has no version table" in told and "--alembic-version-table" in told.splitlines()[-1]
    assert database.exists("app_version")
    said = own | {"PG_ENTRYPOINT_ALEMBIC_VERSION_TABLE": "app_version"}
    flask.run(env=said)
    assert "nothing to do" in flask.run(env=said)


def test_status_and_check_read_its_revisions(flask, entrypoint, database):
    flask.write()
    migrator = {"PG_ENTRYPOINT_MIGRATOR": "flask db upgrade"}
    assert entrypoint("check", env=migrator).code == 3
    flask.run()
    assert "applied  f1" in entrypoint("status", env=migrator).out
    assert "applied  f1" in entrypoint("status", "--alembic", "migrations").out
    assert entrypoint("check", env=migrator).code == 0


@pytest.mark.parametrize("doubt", ["variable", "env", "option"])
def test_what_is_not_certain_leaves_no_receipt(flask, database, doubt):
    flask.write()
    command, env = "flask db upgrade", {}
    if doubt == "variable":
        env = {"FLASK_DB_UPGRADE_SQL": "0"}
    elif doubt == "env":
        path = flask.versions.parent / "env.py"
        path.write_text(path.read_text().replace("**conf_args", "**dict(conf_args)").replace(
            "**current_app", "**{}, **current_app"))
    else:
        command = "flask --ap=x db upgrade"
    for _ in range(2):
        told = flask.run(command, env)
        assert "migrator started" in told and told.count(" warning ") == 1
    assert database.history() == []


def test_another_flask_command_is_no_alembic(flask, database, tmp_path):
    flask.write()
    told = flask.run("flask db upgrade -d migrations")
    assert "migrator-inputs is not set" not in told
    (tmp_path / "migrations").rename(tmp_path / "elsewhere")
    (tmp_path / "bin" / "flask").write_text("#!/bin/sh\n")
    for command in ("flask db upgrade", "flask seed"):
        told = flask.run(command)
        assert "--migrator-inputs and --migrator-state are not set" in told and " warning " not in told, told
