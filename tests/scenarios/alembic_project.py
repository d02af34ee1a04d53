"""A small Alembic project in a folder, and what the real Alembic says of it."""

import os
import subprocess
import textwrap

INI = """\
[alembic]
script_location = %(here)s/alembic
{more}
[loggers]
keys = root
[handlers]
keys = stderr
[formatters]
keys = plain
[logger_root]
level = INFO
handlers = stderr
[handler_stderr]
class = StreamHandler
args = (sys.stderr,)
formatter = plain
[formatter_plain]
format = %(levelname)s %(message)s
"""

ENV = """\
import os
from logging.config import fileConfig
from alembic import context
from sqlalchemy import create_engine, pool

fileConfig(context.config.config_file_name, disable_existing_loggers=False)
if context.is_offline_mode():
    context.configure(url="postgresql://", literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    engine = create_engine(os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://", 1),
                           poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection{configure})
        with context.begin_transaction():
            context.run_migrations()
"""


class AlembicProject:
    def __init__(self, folder):
        self.folder = folder
        self.versions = folder / "alembic" / "versions"
        self.versions.mkdir(parents=True)
        self.configure()

    def configure(self, more="", configure=""):
        (self.folder / "alembic.ini").write_text(INI.format(more=more))
        (self.folder / "alembic" / "env.py").write_text(ENV.format(configure=configure))

    def revision(self, name, down=None, upgrade="pass", downgrade="pass", folder=None, **more):
        """A revision file; `down` and `more` are written as Python writes them."""
        lines = [f'"""make {name}"""', "from alembic import op", f"revision = {name!r}", f"down_revision = {down!r}"]
        lines += [f"{key} = {value!r}" for key, value in more.items()]
        for function, body in (("upgrade", upgrade), ("downgrade", downgrade)):
            lines += [f"def {function}():", textwrap.indent(textwrap.dedent(body), "    ")]
        path = (folder or self.versions) / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n")
        return path

    def table(self, name, down=None, **more):
        """A revision that makes a table of that name."""
        return self.revision(name, down, f"op.execute('create table {name} (id integer)')",
                             f"op.execute('drop table {name}')", **more)

    def alembic(self, *arguments, url="postgresql://", check=True):
        environment = {"PATH": os.environ["PATH"], "DATABASE_URL": url, "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(["alembic", *arguments], cwd=self.folder, env=environment, capture_output=True, text=True,
                              check=check, timeout=60)
