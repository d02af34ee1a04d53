"""Kills at random instants over thirty mixed migrations: what comes out is what an undisturbed run makes.

scripts/soak kills does it with the full count. PGE_SEED repeats the choices; what they meet depends on the machine.
"""

import os
import random

import psycopg
import pytest

from fingerprint import differences, fingerprint
from killing import Killing
from servers import needs

pytestmark = needs("pg_dump")

KILLS = int(os.environ.get("PGE_KILLS", "6"))
SEED = int(os.environ.get("PGE_SEED") or random.randrange(10**6))


def test_what_is_killed_again_and_again_ends_as_if_it_had_not_been(fragile_cluster, start):
    print(f"PGE_SEED={SEED} PGE_KILLS={KILLS}")
    killing = Killing(fragile_cluster, start, SEED)
    expected, seconds = killing.undisturbed()
    print(f"an undisturbed run takes {seconds:.1f} s")
    try:
        killing.until_killed(KILLS, expected)
    finally:
        print(killing.figures())


@pytest.fixture(scope="module")
def small(fragile_cluster):
    """A small database with one of each that a fingerprint must tell apart."""
    with psycopg.connect(fragile_cluster.url, autocommit=True) as connection:
        connection.execute("create database small")
    url = fragile_cluster.url_of("postgres", "small")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "create table ran (id bigint generated always as identity, step text);"
            "insert into ran (step) values ('1'), ('2');"
            "create table items (n integer); create index items_n on items (n);"
            "create schema pgentrypoint;"
            "create table pgentrypoint.history (format int, kind text, version text, name text, state text, step int, steps int,"
            "note text, checksums text[], down_sql text, applied_order bigint, applied_at timestamptz);"
            "insert into pgentrypoint.history values (1, 'versioned', '1', 'a', 'applied', 0, 0, '', '{}', '', 1, 'now')")
    return url


@pytest.mark.parametrize("damage, seen", [
    ("insert into ran (step) values ('2')", '"step": "2"'),  # a statement that ran twice
    ("delete from ran where step = '2'", '"step": "2"'),  # one that did not
    ("alter table items add column half integer", "half integer"),
    ("update pg_index set indisvalid = false where indexrelid = 'items_n'::regclass", "'items', False, True)"),
    ("create index items_n_ccnew on items (n)", "items_n_ccnew"),
    ("update pgentrypoint.history set state = 'running', step = 1", "'running', 1"),
    ("update pgentrypoint.history set applied_order = 2", "'', 2, True"),
    ("create function left_over() returns integer language sql as 'select 1'", "left_over"),
    # What an interruption may change is no difference.
    ("update ran set id = default", None),
    ("update pgentrypoint.history set applied_at = now() + interval '1 day'", None)])
def test_a_fingerprint_shows_what_was_done_twice_or_half(small, damage, seen):
    expected = fingerprint(small)
    with psycopg.connect(small, autocommit=True) as connection:
        connection.execute(damage)
    lines = "\n".join(differences(expected, fingerprint(small)))
    assert lines == "" if seen is None else seen in lines
