"""What the tests of a migrator's end share: migrators in several shapes, who is killed, and what must be true then.

Every process of a migrator, however it was started, has the file `alone` open and holds flock(2) on it together with the
others: who finds it held while it starts was not alone, and who can have it knows that none is left.
"""

import contextlib
import fcntl
import json
import os
import shutil
import signal

from alembic_project import AlembicProject
from conftest import lock_key
from runner import children_of

NAP = 0.6  # seconds that the statement takes that a kill has to hit

STAND_IN = """\
#!/bin/sh
exec 9>>alone
flock -n 9 || echo two >> two
trap 'trap "" TERM; sleep 0.5; echo done >> graceful; exit 1' TERM
q() { psql -qXAt -v ON_ERROR_STOP=1 "$DATABASE_URL" -c "$1"; }
[ "$(q "select count(*) from TABLE")" = 0 ] || exit 0
setsid sleep 60 &
echo run >> runs
q "insert into TABLE select 1 from pg_sleep(NAP)"
kill $!
"""

# As npm runs a script: a shell below a parent that forwards nothing.
WRAPPER = """\
#!/bin/sh
sh -c './tool.sh; exit $?'
exit $?
"""

UPGRADE = """\
import fcntl
global alone
alone = open("alone", "a")
try:
    fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    open("two", "a").write("alembic")
open("runs", "a").write("run")
op.execute("insert into TABLE select 1 from pg_sleep(NAP)")
"""

SHAPES = {"direct": "./tool.sh", "sh -c": "sh -c './tool.sh && true'", "wrapper": "./wrapper.sh"}
# npm is where PGE_TOOLS says, or installed.
PATH = os.pathsep.join([f"{os.environ.get('PGE_TOOLS', '/nowhere')}/npm/node_modules/.bin", os.environ["PATH"]])
if shutil.which("npm", path=PATH) and shutil.which("node"):
    SHAPES |= {"npm run": "npm run --silent migrate", "npx": "npx --no-install tool"}
ALEMBIC = {"alembic": "alembic upgrade head", "sh -c alembic": "sh -c 'alembic upgrade head && true'"}

VICTIMS = ["first process", "stage"]


class Project:
    """A folder with a migrator in it, and a table of its own."""

    def __init__(self, folder, database, shape, name, nap=NAP):
        self.folder, self.database, self.shape, self.name, self.nap = folder, database, shape, name, nap
        self.looker = database.connect("boss")
        folder.mkdir()
        database.execute(f"create table {name} (id integer)")
        database.execute(f"alter table {name} owner to owner")
        if shape in ALEMBIC:
            project = AlembicProject(folder)
            project.configure(configure=f", version_table='{name}_version'")
            project.revision("r1", None, self._text(UPGRADE))
        else:
            self._script("tool.sh", self._text(STAND_IN))
            self._script("wrapper.sh", WRAPPER)
            (folder / "package.json").write_text(json.dumps({"name": "project", "scripts": {"migrate": "./tool.sh"}}))
            (folder / "node_modules" / ".bin").mkdir(parents=True)
            (folder / "node_modules" / ".bin" / "tool").symlink_to("../../tool.sh")

    def _text(self, text):
        return text.replace("TABLE", self.name).replace("NAP", str(self.nap))

    def _script(self, name, text):
        (self.folder / name).write_text(text)
        (self.folder / name).chmod(0o755)

    def start(self, start, *options, **more):
        command = (SHAPES | ALEMBIC)[self.shape]
        environment = {"PATH": PATH, "npm_config_update_notifier": "false", "npm_config_offline": "true"}
        return start("--history-table", f"public.{self.name}_history", "--allow-existing", "--migrator", command,
                     "--migrator-cache", "off", *options, "--", "echo", "started", env=environment, cwd=self.folder,
                     **more)

    def lines(self, name):
        with contextlib.suppress(FileNotFoundError):
            return len((self.folder / name).read_text().splitlines())
        return 0

    def is_running(self):
        """Whether its statement is under way."""
        query = "select exists (select from pg_stat_activity where state = 'active' and query like %s)"
        return self.looker.execute(query, (f"insert into {self.name} %",)).fetchone()[0]

    def none_left(self):
        """Whether no process of a migrator is left."""
        with (self.folder / "alone").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return True

    def lock_is_free(self):
        query = ("select not exists (select from pg_locks where locktype = 'advisory' and objsubid = 1 and granted and "
                 "(classid::bigint << 32) | objid::bigint = %s)")
        return self.looker.execute(query, (lock_key(table=f"{self.name}_history"),)).fetchone()[0]

    def rows(self):
        return self.database.value(f"select count(*) from {self.name}")


def kill(run, victim):
    """SIGKILL for one of the binary's processes; as process 1 the first one takes all others with it."""
    first = run.pid
    stages = children_of(first) if victim == "stage" else []
    os.kill(stages[0] if stages else first, signal.SIGKILL)
