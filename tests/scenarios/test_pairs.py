"""Up, down and up again: what a down part leaves is what was there before its up part."""

import pytest

from fingerprint import differences, fingerprint, schema_of
from pairs import PAIRS, pairs

STRIDE = 4  # how many migrations lie between two dumps


def schema(database):
    """What pg_dump says of all but the history, in an order that does not depend on the order of columns: one that is
    dropped and added again is the last one."""
    return sorted(line.rstrip(",") for line in schema_of(database.url_of("boss"), "--exclude-schema=pgentrypoint"))


def move(entrypoint, *command):
    done = entrypoint(*command, timeout=60)
    assert done.code == 0, done.err
    return done


def test_a_folder_of_real_pairs_goes_up_down_and_up_again(entrypoint, database, migrations):
    files = pairs()
    assert len(files) >= 60
    migrations(files)
    stops = [*range(STRIDE, len(files), STRIDE), len(files)]
    before = {0: schema(database)}
    for version in stops:
        move(entrypoint, "migrate", "--to", version)
        before[version] = schema(database)
    first = fingerprint(database.url_of("boss"))
    for version in reversed([0, *stops[:-1]]):
        done = move(entrypoint, "down", "--to", version)
        assert differences(before[version], schema(database)) == [], f"down to {version}"
        assert done.err.count("migration reverted") == min(STRIDE, len(files) - version)
    assert database.history() == []
    done = move(entrypoint, "migrate")
    assert done.err.count("has only comments") == sum(up.startswith("--") for _, _, up, _ in PAIRS) == 1
    assert differences(first, fingerprint(database.url_of("boss"))) == []


@pytest.mark.parametrize("name, down", [("users_name", "alter table users drop column last_name;"), ("touch_better", "select 1;")])
def test_a_pair_that_does_not_fit_shows(entrypoint, database, migrations, name, down):
    """The twin: what the comparison is for."""
    files = pairs()
    path = next(path for path in files if path.endswith(f"_{name}.sql"))
    number = int(path.split("_")[0])
    files[path] = files[path].split("-- migrate:down\n")[0] + f"-- migrate:down\n{down}\n"
    migrations(files)
    move(entrypoint, "migrate", "--to", number - 1)
    before = schema(database)
    move(entrypoint, "migrate", "--to", number)
    move(entrypoint, "down")
    assert differences(before, schema(database)) != []
