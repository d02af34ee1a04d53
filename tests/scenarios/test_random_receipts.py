"""Random sequences of starts, jobs, downgrades by hand, restored dumps and a second application, with the real binary,
Debian's Alembic, and a stand-in for a migrator without a graph. What is pending is told by the files and the tables.

scripts/soak receipts does it with the full count. PGE_SEED repeats the choices.
"""

import json
import os
import random
import subprocess

import pytest

from alembic_project import AlembicProject
from dumps import dump_of
from servers import needs

pytestmark = needs("pg_dump")

SEQUENCES = int(os.environ.get("PGE_RECEIPTS", "12"))
SEED = int(os.environ.get("PGE_SEED") or random.randrange(10**6))

PARENT = {"r1": None, "r2": "r1", "r3": "r2", "r2h": "r1"}
IMAGES = {"v1": ["r1"], "v2": ["r1", "r2"], "v3": ["r1", "r2", "r3"], "hotfix": ["r1", "r2h"]}

STAND_IN = """\
#!/bin/sh
# migrator up|down TARGET: each file has the names of all that its revision rests on, and its own.
set -e
q() { psql -qXAt -v ON_ERROR_STOP=1 "$DATABASE_URL" -c "set client_min_messages = error" -c "$1"; }
q "create table if not exists applied (id text primary key)"
for id in $(q "select id from applied"); do [ -e "files/$id" ] || { echo "unknown: $id"; exit 1; }; done
case $1 in
  up) for id in $(cat "files/$2"); do
        [ "$(q "select count(*) from applied where id = '$id'")" = 1 ] ||
          q "begin; create table $id (id integer); insert into applied values ('$id'); commit"
      done ;;
  down) [ "$2" = 0 ] || [ "$(q "select count(*) from applied where id = '$2'")" = 1 ] || exit 0
      for id in $(q "select id from applied order by 1 desc"); do
        grep -qsx "$id" "files/$2" || q "begin; drop table $id; delete from applied where id = '$id'; commit"
      done ;;
esac
"""


def line_of(revision):
    """What a revision rests on, and itself."""
    return line_of(PARENT[revision]) + [revision] if revision else []


class Alembic:
    """Images with a graph."""

    state = "alembic_version"

    def __init__(self, folder, files, version_table=None):
        self.project = AlembicProject(folder)
        if version_table:
            self.project.configure(configure=f", version_table='{version_table}'")
        for revision in files:
            if version_table:
                self.project.revision(revision, PARENT[revision])
            else:
                self.project.table(revision, PARENT[revision])

    @staticmethod
    def options(kind="up", target=None):
        return ["--migrator", f"alembic {kind}grade {target or 'head'}".replace("downgrade 0", "downgrade base")]

    @staticmethod
    def set_state(database, revisions):
        heads = [revision for revision in revisions if revision not in {PARENT[other] for other in revisions}]
        database.execute("create table if not exists alembic_version (version_num varchar(32) primary key);"
                         "delete from alembic_version")
        for head in heads:
            database.rows("insert into alembic_version values (%s)", head)
        database.execute("alter table alembic_version owner to owner")

    can_look = True


class StandIn:
    """Images without one."""

    def __init__(self, folder, files, version_table=None):
        (folder / "files").mkdir()
        for revision in files:
            (folder / "files" / revision).write_text("\n".join(line_of(revision)) + "\n")
        (folder / "files" / "head").write_text("\n".join(files) + "\n")
        script = STAND_IN.replace("applied", version_table or "applied")
        if version_table:
            script = script.replace("create table $id (id integer); ", "").replace("drop table $id; ", "")
        (folder / "migrator").write_text(script)
        (folder / "migrator").chmod(0o755)
        self.table = version_table or "applied"

    def options(self, kind="up", target=None):
        return ["--migrator", f"./migrator {kind} {target or 'head'}", "--migrator-inputs", "files",
                "--migrator-state", f"select id from {self.table} order by 1"]

    @staticmethod
    def set_state(database, revisions):
        database.execute("create table if not exists applied (id text primary key); delete from applied;"
                         "alter table applied owner to owner")
        for revision in revisions:
            database.rows("insert into applied values (%s)", revision)


class Sequence:
    def __init__(self, kind, folder, database, entrypoint, choose):
        self.database, self.entrypoint, self.choose = database, entrypoint, choose
        self.folder, self.story, self.dumps = folder, [], []
        self.images, self.others = {}, {}
        for name, files in IMAGES.items():
            for images, table in ((self.images, None), (self.others, "other_version")):
                home = folder / f"{name}{'-other' if table else ''}"
                home.mkdir()
                images[name] = kind(home, files, table), home
        self.kind = kind

    def there(self):
        """The truth: whose tables are there."""
        return {revision for revision in PARENT if self.database.exists(revision)}

    def run(self, image, words, options, *command):
        program, home = image
        return self.entrypoint(*words, *options, *command, cwd=home, timeout=60)

    def start(self):
        name = self.choose.choice(list(IMAGES))
        program, home = image = self.images[name]
        self.story.append(name)
        missing = set(IMAGES[name]) - self.there()
        foreign = self.there() - set(IMAGES[name])
        options = program.options()
        check = self.run(image, ["check"], options)
        status = json.loads(self.run(image, ["status", "--json"], options).out)["judgement"]
        looked = self.run(image, [], [*options, "--migrate", "check"], "--", "true")
        assert (check.code, looked.code) == ((0, 0) if status in ("up_to_date", "ahead") else (3, 75)), (status, check.err)
        done = self.run(image, [], options, "--", "true")
        ran = "migrator started" in done.err
        assert ran == (check.code == 3), "check and run answer differently"
        if not ran:
            assert done.code == 0 and not missing, f"told {status} while {missing} is missing"
            assert (status == "ahead") == ("ahead of this image" in done.err)
            return
        assert (done.code == 0) == (not foreign), done.err
        if done.code == 0:
            assert not set(IMAGES[name]) - self.there()
            assert self.run(image, ["check"], options).code == 0, "its own start is not enough"
        else:
            assert done.code == 76

    def job(self):
        name = self.choose.choice(list(IMAGES))
        kind = self.choose.choice(["up", "down"])
        target = self.choose.choice([*IMAGES[name], *(["0"] if kind == "down" else [])])
        self.story.append(f"{name} {kind} {target}")
        program, home = image = self.images[name]
        before = self.there()
        done = self.run(image, ["migrate"], program.options(kind, target))
        goal = set(line_of(target)) if target != "0" else set()
        if done.code == 0:
            there = self.there()
            assert goal <= there if kind == "up" else there <= goal or not goal <= before, done.err
        else:
            assert done.code == 76 and self.there() == before

    def by_hand(self):
        there = self.there()
        target = self.choose.choice(["0", *there])
        kept = set(line_of(target)) if target != "0" else set()
        self.story.append(f"hand {target}")
        self.set_tables(kept)
        self.kind.set_state(self.database, sorted(kept))

    def set_tables(self, kept):
        for revision in self.there() - kept:
            self.database.execute(f"drop table {revision}")

    def other(self):
        name = self.choose.choice(["v1", "v2", "v3"])
        self.story.append(f"other {name}")
        program, home = image = self.others[name]
        before = self.there()
        done = self.run(image, [], program.options(), "--", "true")
        assert done.code in (0, 76) and self.there() == before

    def dump(self):
        self.story.append("dump")
        url = self.database.url_of("boss")
        self.dumps.append([dump_of(url, "--no-comments", *more).decode() for more in ([], ["-n", "public"])])

    def restore(self):
        if not self.dumps:
            return self.dump()
        whole, tables = self.choose.choice(self.dumps)
        if self.choose.random() < 0.5:
            self.story.append("whole")
            self.database.empty()
            text = whole
        else:
            self.story.append("tables")
            self.database.execute("drop schema public cascade")
            text = tables
        # The dump of a schema `public` that is not the template's creates it.
        text = "drop schema if exists public cascade;\n" + text if "CREATE SCHEMA public" in text else text
        if "CREATE SCHEMA public" not in text and text is tables:
            text = "create schema public authorization pg_database_owner; grant usage on schema public to public;\n" + text
        subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-d", self.database.url_of("boss")], input=text, check=True,
                       capture_output=True, text=True)

    def go(self, length):
        events = [self.start] * 6 + [self.job] * 3 + [self.by_hand] * 2 + [self.restore] * 2 + [self.other]
        for _ in range(length):
            self.choose.choice(events)()


@pytest.mark.parametrize("kind", [Alembic, StandIn])
def test_no_answer_is_wrong(kind, database, entrypoint, tmp_path):
    print(f"PGE_SEED={SEED} PGE_RECEIPTS={SEQUENCES}")
    events = 0
    for number in range((SEQUENCES + 1) // 2):
        database.empty()
        folder = tmp_path / str(number)
        folder.mkdir()
        sequence = Sequence(kind, folder, database, entrypoint, random.Random(f"{SEED} {kind.__name__} {number}"))
        try:
            sequence.go(5)
        except Exception as wrong:
            raise AssertionError(f"sequence {number} of {SEED}: {', '.join(sequence.story)}") from wrong
        events += len(sequence.story)
    print(f"{kind.__name__}: {number + 1} sequences, {events} events")
