import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "scenarios"))

from runner import Running  # noqa: E402

BINARY = os.environ.get("PGE_BINARY", "/src/build/release/pg-entrypoint")


@pytest.fixture
def start(tmp_path):
    """start(url, *arguments): in the background, with the files of tmp_path/migrations."""
    tmp_path.chmod(0o755)
    started = []

    def run(url, *arguments):
        environment = {"PATH": os.environ["PATH"], "HOME": "/root", "DATABASE_URL": url}
        started.append(Running([BINARY, *arguments], environment, tmp_path))
        return started[-1]

    yield run
    for running in started:
        running.end()
