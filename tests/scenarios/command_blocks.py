"""Blocks of commands of the documentation, and running one as whoever reads the page would."""

import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
from importlib.machinery import SourceFileLoader

from conftest import ROOT

# Where the engine finds this tree. What a block mounts must have that name here, too.
HOST_ROOT = pathlib.Path(os.environ.get("PGE_HOST_ROOT", ROOT))


def documentation():
    """scripts/lib/docs, which finds the blocks."""
    loader = SourceFileLoader("docs", f"{ROOT}/scripts/lib/docs")
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("docs", loader))
    loader.exec_module(module)
    return module


def engine_answers():
    command = shutil.which("docker")
    return command is not None and subprocess.run([command, "info"], capture_output=True, timeout=30, check=False).returncode == 0


def tree_as_the_engine_names_it():
    if not HOST_ROOT.exists():
        HOST_ROOT.parent.mkdir(parents=True, exist_ok=True)
        HOST_ROOT.symlink_to(ROOT)
    return HOST_ROOT


DOCKER = """#!/bin/sh
# Containers are on this network, where the database is.
if [ "$1" = run ]; then
  shift
  exec {docker} run --network host "$@"
fi
exec {docker} "$@"
"""


def programs(folder, **files):
    """A directory for PATH with these programs: a link to a path, or a script."""
    folder.mkdir()
    for name, content in files.items():
        path = folder / name
        if content.startswith("#!"):
            path.write_text(content)
            path.chmod(0o755)
        else:
            path.symlink_to(content)
    return folder


def wrong(block, done):
    """What is wrong with the run of a block."""
    where = f"{block.page}:{block.line}"
    if done.returncode != 0:
        yield f"{where}: exit code {done.returncode}: {done.stdout[-2000:]}"
    elif block.output:
        pattern = ".*".join(re.escape(part) for part in block.output.rstrip().split("…"))
        if not re.fullmatch(pattern, done.stdout.rstrip()):
            yield f"{where}: prints\n{done.stdout}\nand not\n{block.output}"


def run(block, folder, environment, replaced=()):
    """The problems. replaced: words of the page that stand for something, or that a test has no time for."""
    text = block.text
    for old, new in replaced:
        assert old in text, f"{block.name}: there is no {old}"
        text = text.replace(old, new)
    done = subprocess.run(["bash", "-euc", text], cwd=folder, env=environment | {"PWD": str(folder)}, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300, check=False)
    return list(wrong(block, done))
