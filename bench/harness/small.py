"""A container with little memory, beside ours: `docker run --memory`, no swap, in the network of the host."""

import os
import pathlib
import subprocess

from harness import world
from harness.measure import Absent, run

BENCH = world.ROOT / "build/bench"


class Small:
    """build/bench is there, at the same place as here. Ends with the `with`."""

    def __init__(self, megabytes):
        if "PGE_HOST_ROOT" not in os.environ:
            raise Absent("there is no way to the engine from here: scripts/bench hands its socket on")
        self.name, self.environment = f"pg-entrypoint-bench-{os.getpid()}", {"PATH": os.environ["PATH"]}
        host = pathlib.PurePath(os.environ["PGE_HOST_ROOT"]) / BENCH.relative_to(world.ROOT)
        run(["docker", "run", "--detach", "--rm", "--name", self.name, "--init", "--network", "host",
             "--memory", f"{megabytes}m", "--memory-swap", f"{megabytes}m", "-v", f"{host}:{BENCH}:ro",
             os.environ["DEVTOOLS_IMAGE"], "sleep", "3600"], self.environment)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["docker", "rm", "--force", self.name], capture_output=True, check=False)

    def peak(self, every, command, **variables):
        """Milliseconds, and the largest RssAnon of its processes in kB, looked at each so many milliseconds (0: not)."""
        given = [word for name, value in variables.items() for word in ("-e", f"{name}={value}")]
        said = run(["docker", "exec", *given, self.name, world.client("peak"), every, *command], self.environment)
        took, memory = said.split()
        return float(took), int(memory)
