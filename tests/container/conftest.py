import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from engine import PASSWORD, World  # noqa: E402


@pytest.fixture
def world():
    """Containers of one test; nothing that they printed may hold the password."""
    made = World()
    try:
        yield made
    finally:
        made.close()
    for output in made.outputs:
        assert PASSWORD not in output
