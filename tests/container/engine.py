"""The engine's client, and the containers and networks that a test makes with it."""

import os
import pathlib
import shutil
import subprocess
import time
import uuid

ENTRYPOINT_IMAGE = os.environ.get("ENTRYPOINT_IMAGE", "pg-entrypoint")
APP_IMAGE = os.environ.get("APP_IMAGE", "pg-entrypoint/projectvote")
POSTGRES_IMAGE = os.environ.get("POSTGRES_IMAGE", "pg-entrypoint/postgres:17")
ROOT = pathlib.Path(__file__).resolve().parents[2]
HOST_ROOT = os.environ.get("PGE_HOST_ROOT", str(ROOT))
PASSWORD = "Tr0ub4dor-and-3"
USER = "vote"
DATABASE = "votes"


def docker(*arguments: str, check: bool = True, timeout: float = 120, stdin: str | None = None) -> str:
    """Output of both streams; raises with it when the command fails."""
    done = subprocess.run(["docker", *arguments], input=stdin, text=True, timeout=timeout,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if check and done.returncode != 0:
        raise AssertionError(f"docker {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def until(condition, seconds: float, what: str):
    """Poll until `condition()` is true; its value."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.1)


class Container:
    def __init__(self, name: str):
        self.name = name

    def logs(self) -> str:
        return docker("logs", self.name)

    def state(self, template: str) -> str:
        return docker("inspect", "--format", template, self.name).strip()

    def running(self) -> bool:
        return self.state("{{.State.Running}}") == "true"

    def exit_code(self, seconds: float = 60) -> int:
        """Wait for its end."""
        return int(docker("wait", self.name, timeout=seconds).strip())

    def await_log(self, text: str, seconds: float = 60) -> str:
        def seen():
            logs = self.logs()
            return logs if text in logs else None
        try:
            return until(seen, seconds, f"{text!r} in the log of {self.name}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.logs()}") from None

    def exec(self, *command: str, check: bool = True, stdin: str | None = None) -> str:
        interactive = ["-i"] if stdin is not None else []
        return docker("exec", *interactive, self.name, *command, check=check, stdin=stdin)

    def stop(self, seconds: int = 20) -> float:
        began = time.monotonic()
        docker("stop", "--time", str(seconds), self.name)
        return time.monotonic() - began


class World:
    """A network of its own, with whatever is put into it; `close` takes all of it away."""

    def __init__(self):
        self.id = "pge-test-" + uuid.uuid4().hex[:10]
        self.containers: list[Container] = []
        self.outputs: list[str] = []
        self.directory = ROOT / "build" / "container-tests" / self.id
        docker("network", "create", self.id)

    def run(self, image: str, *command: str, options: tuple[str, ...] = (), name: str = "",
            environment: dict[str, str] | None = None) -> Container:
        full_name = f"{self.id}-{name or len(self.containers)}"
        settings = [item for key, value in (environment or {}).items() for item in ("-e", f"{key}={value}")]
        docker("run", "-d", "--name", full_name, "--network", self.id, *settings, *options, image, *command)
        container = Container(full_name)
        self.containers.append(container)
        return container

    def database(self, aliases: tuple[str, ...] = ("db",)) -> Container:
        """A PostgreSQL that the network knows as `db`, or by these names."""
        names = [word for alias in aliases for word in ("--network-alias", alias)]
        return self.run(POSTGRES_IMAGE, "postgres", "-c", "fsync=off", name="db",
                        options=(*names, "--tmpfs", "/dev/shm:size=64m"),
                        environment={"POSTGRES_USER": USER, "POSTGRES_PASSWORD": PASSWORD, "POSTGRES_DB": DATABASE})

    def sql(self, statement: str, database: Container | None = None) -> str:
        """What psql, run in the database's container over TCP, prints for one statement."""
        server = database or next(c for c in self.containers if c.name.endswith("-db"))
        return server.exec("env", f"PGPASSWORD={PASSWORD}", "psql", "-h", "127.0.0.1", "-U", USER, "-d", DATABASE,
                           "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement).strip()

    def await_database(self) -> None:
        def answers():
            try:
                return self.sql("select 1") == "1"
            except AssertionError:
                return False
        until(answers, 60, "the database answers")

    def migrations(self, files: dict[str, str]) -> str:
        """A directory with these files, as a path for the engine's `-v`."""
        folder = self.directory / uuid.uuid4().hex[:8]
        folder.mkdir(parents=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
        return f"{HOST_ROOT}/{folder.relative_to(ROOT)}"

    def close(self) -> None:
        for container in self.containers:
            self.outputs.append(docker("logs", container.name, check=False))
        if self.containers:
            docker("rm", "-fv", *(container.name for container in self.containers), check=False)
        docker("network", "rm", self.id, check=False)
        shutil.rmtree(self.directory, ignore_errors=True)


def url(host: str = "db", scheme: str = "postgresql+asyncpg") -> str:
    return f"{scheme}://{USER}:{PASSWORD}@{host}:5432/{DATABASE}"
