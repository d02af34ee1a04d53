import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from engine import PASSWORD, World  # noqa: E402
from tls import TlsServer  # noqa: E402

# scripts/release makes what it is about.
collect_ignore = [] if "PGE_RELEASE" in os.environ else ["test_release.py"]


def throw_away_world():
    made = World()
    try:
        yield made
    finally:
        made.close()
    for output in made.outputs:
        assert PASSWORD not in output


@pytest.fixture
def world():
    """Containers of one test; nothing that they printed may hold the password."""
    yield from throw_away_world()


@pytest.fixture(scope="session")
def tls():
    """A server that tests share; whoever migrates empties the schema again."""
    for made in throw_away_world():
        yield TlsServer(made)
