"""Migration files in their numbers, and a database at the head of them."""

import hashlib
import shutil
import tempfile

import psycopg

from harness import world
from harness.measure import run

MARKER = "-- migrate:down\n"


def write_simple(directory, count):
    """Two statements each. dbmate wants its marker lines, which are comments for psql and the floor."""
    for number in range(1, count + 1):
        text = f"-- migrate:up\ncreate table t{number} (id integer);\ncreate index on t{number} (id);\n{MARKER}"
        (directory / f"{number:06}_t.sql").write_text(text)
    return sorted(map(str, directory.iterdir()))


def write_real(directory, count):
    """As people write them: a comment, a table, an index, and a down part."""
    for number in range(1, count + 1):
        (directory / f"{20250101000000 + number}_create_table_{number}.sql").write_text(
            f"-- migrate:up\n-- Orders of kind {number}.\ncreate table t{number} (\n  id bigint primary key,\n"
            f"  title text not null,\n  created_at timestamptz not null default now()\n);\n"
            f"create index t{number}_created_at on t{number} (created_at);\n\n{MARKER}drop table t{number};\n")


HISTORY_ROWS = """
insert into pgentrypoint.history (kind, version, name, state, steps, checksums, down_sql, applied_order, applied_at,
    applied_by, applied_from, milliseconds, tool_version, written_format, applied_in)
select h.kind, f.version, f.name, h.state, h.steps, array[f.checksum], f.down, f.place, h.applied_at,
    h.applied_by, h.applied_from, h.milliseconds, h.tool_version, h.written_format, h.applied_in
from files f, pgentrypoint.history h where f.place > 1
"""


class AtHead:
    """A database in which so many files are applied, ours and dbmate's; `files` is their directory.

    One is applied really. The rows of the others are copies of its row, because what is measured comes after them.
    """

    def __init__(self, session, count):
        self.database = f"at_head_{count}"
        self.files = session.directory(self.database)
        self.url = world.url_of(self.database)
        write_real(self.files, count)
        world.new_database(self.database)
        self._bring_to_head()

    def _bring_to_head(self):
        files = sorted(self.files.iterdir())
        with tempfile.TemporaryDirectory() as first:
            shutil.copy(files[0], first)
            run([world.BINARY, "migrate", "--dir", first], world.environment(self.url))
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("create temporary table files (version text, name text, checksum text, down text, place integer)")
            with connection.cursor().copy("copy files from stdin") as copy:
                for place, path in enumerate(files, 1):
                    version, name = path.stem.split("_", 1)
                    up, _, down = path.read_text().partition(MARKER)
                    copy.write_row((version, name, hashlib.sha256(up.rstrip().encode()).hexdigest(), down, place))
            connection.execute(HISTORY_ROWS)
            connection.execute("create table schema_migrations as select version::varchar(128) from files")
            connection.execute("alter table schema_migrations add primary key (version)")
            connection.execute("vacuum analyze")


def at_head(session, count):
    """The same for all rows of a session."""
    return session.once(("at head", count), lambda: AtHead(session, count))
