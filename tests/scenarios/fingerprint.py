"""What a database holds, in a form in which two of them can be compared: the schema, each row, and the history.

Left out is what an interruption may change: times, who and where, the values (not the order) that sequences gave out,
and INVALID indexes of TOAST tables, which only a superuser can drop.
"""

import difflib
import subprocess

import psycopg

HISTORY = "pgentrypoint.history"
USERS_OWN = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema'"


def schema_of(url, *options):
    dump = subprocess.run(["pg_dump", "--schema-only", *options, f"--dbname={url}"], check=True, capture_output=True, text=True,
                          timeout=60).stdout
    # The key of \restrict is another one each time.
    return [line for line in dump.splitlines() if line and not line.startswith(("\\restrict", "\\unrestrict"))]


def indexes_of(connection):
    """pg_dump does not tell of INVALID indexes."""
    return connection.execute(
        "select c.oid::regclass::text, i.indrelid::regclass::text, indisvalid, indisready from pg_index i "
        "join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace "
        f"where {USERS_OWN} order by 1").fetchall()


def detaching(connection):
    return connection.execute("select inhrelid::regclass::text from pg_inherits where inhdetachpending").fetchall()


def rows_of(connection, table):
    columns = connection.execute(
        "select quote_ident(attname), "
        "attidentity <> '' or coalesce(pg_get_expr(adbin, adrelid) like 'nextval(%%', false) "
        "from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum "
        "where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attnum", (table,)).fetchall()
    chosen = ", ".join(f"dense_rank() over (order by {name}) as {name}" if generated else name
                       for name, generated in columns)
    return [f"{table}: {row}" for (row,) in connection.execute(
        f"select to_jsonb(r)::text from (select {chosen} from {table}) r order by 1").fetchall()]


def data_of(connection):
    tables = connection.execute(
        "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        f"where {USERS_OWN} and c.relkind in ('r', 'm') and c.oid <> to_regclass('{HISTORY}') order by 1").fetchall()
    return [row for (table,) in tables for row in rows_of(connection, table)]


def history_of(connection):
    return connection.execute("select format, kind, version, name, state, step, steps, note, checksums, down_sql, "
                              f"applied_order, applied_at is not null from {HISTORY} order by applied_order").fetchall()


def fingerprint(url):
    """Lines of text."""
    with psycopg.connect(url, autocommit=True) as connection:
        parts = {"index": indexes_of(connection), "detaching": detaching(connection), "row": data_of(connection),
                 "history": history_of(connection)}
    return schema_of(url) + [f"{name} {line}" for name, lines in parts.items() for line in lines]


def differences(expected, found):
    """The lines that only one of two fingerprints has."""
    return [line for line in difflib.unified_diff(expected, found, "expected", "found", lineterm="", n=0)]
