"""compose.yaml, as a user has it: no `depends_on`, because waiting is our job."""

import os
import subprocess
import uuid

import pytest

from engine import APP_IMAGE, POSTGRES_IMAGE, ROOT, Container, docker


@pytest.mark.parametrize("file,word", [("compose.yaml", "migration applied"),
                                       ("examples/projectvote-alembic/compose.yaml", "INFO alembic.runtime.migration: Running upgrade")],
                         ids=["sql", "alembic"])
def test_compose_up_serves_and_down_takes_all_away(file, word):
    project = "pgetest" + uuid.uuid4().hex[:8]
    environment = {**os.environ, "POSTGRES_IMAGE": POSTGRES_IMAGE, "APP_IMAGE": APP_IMAGE, "APP_PORT": "0"}
    compose = ["docker-compose", "-p", project, "-f", str(ROOT / file)]

    def run(*arguments: str) -> str:
        done = subprocess.run([*compose, *arguments], env=environment, text=True, timeout=180,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert done.returncode == 0, done.stdout
        return done.stdout

    try:
        run("up", "-d", "--no-build")
        [app] = docker("ps", "-q", "--filter", f"label=com.docker.compose.project={project}",
                       "--filter", "label=com.docker.compose.service=app").split()
        Container(app).await_log("Application startup complete", 60)
        log = Container(app).logs()
        assert log.count(word) == 2
        health = Container(app).exec("python3", "-c",
                                     "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8000/health').status)")
        assert health.strip() == "200"
    finally:
        run("down", "-v", "--remove-orphans")
    assert docker("ps", "-aq", "--filter", f"label=com.docker.compose.project={project}") == ""
