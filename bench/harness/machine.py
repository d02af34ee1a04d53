"""What a run was made on and with: the machine, the server, the versions of the peers."""

import datetime
import hashlib
import os
import pathlib
import platform
import re
import subprocess

import psycopg

from harness import world

SETTINGS = ("server_version", "fsync", "max_connections", "shared_buffers")
PACKAGES = ("tini", "dumb-init", "catatonit", "alembic", "sqitch", "sql-migrate", "python3-django", "nodejs")


def first_line(path, pattern):
    found = re.search(pattern, pathlib.Path(path).read_text(), re.M)
    return found[1].strip() if found else ""


def machine():
    memory = int(first_line("/proc/meminfo", r"^MemTotal: +(\d+)")) / (1 << 20)
    model = first_line("/proc/cpuinfo", r"^model name\s*: (.*)$") or platform.machine()
    return f"{len(os.sched_getaffinity(0))} processors ({model}), {memory:.0f} GiB, Linux {platform.release()}"


def server():
    with psycopg.connect(world.ADMIN) as connection:
        value = {name: connection.execute(f"show {name}").fetchone()[0] for name in SETTINGS}
    version = value.pop("server_version").split()[0]
    return f"PostgreSQL {version}, " + ", ".join(f"{name}={setting}" for name, setting in value.items())


def output_of(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""


def versions():
    """Of the peers that are here, each as "name version"."""
    found = []
    if said := re.search(r"\d[\d.]+", output_of("psql", "--version")):
        found.append(f"psql {said[0]}")
    if world.DBMATE and (said := re.search(r"\d[\d.]+", output_of(world.DBMATE, "--version"))):
        found.append(f"dbmate {said[0]} (npm)")
    for name in PACKAGES:
        version = output_of("dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", name)
        if version.startswith("installed "):
            found.append(f"{name.removeprefix('python3-')} {version.removeprefix('installed ')} (Debian)")
    package = pathlib.Path(os.environ.get("PGE_TOOLS", "/nowhere")) / "node-pg-migrate/node_modules/node-pg-migrate/package.json"
    if package.exists():
        found.append(f"node-pg-migrate {first_line(package, r'^  .version.: .([^,]*).,$')} (npm)")
    return found


def binary():
    data = pathlib.Path(world.BINARY).read_bytes()
    return f"{output_of(world.BINARY, '--version').strip()}, SHA-256 {hashlib.sha256(data).hexdigest()[:12]}"


def describe(quick):
    """What is kept with each row."""
    return {"date": datetime.date.today().isoformat(), "machine": machine(), "server": server(), "binary": binary(),
            "load": round(os.getloadavg()[0], 1), "quick": quick}
