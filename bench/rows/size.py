"""How large the program is, on disk and as what is pulled."""

import io
import pathlib
import shutil
import tarfile

from harness import world
from harness.results import OURS, Group, Row

PROGRAMS = ("tini", "tini-static", "dumb-init", "catatonit", "sql-migrate")

GROUP = Group(
    "size", "Size",
    "The program's file, stripped as it is published, and the layer of an image that has only that file (a tar archive, "
    "compressed by gzip as engines do). Libraries that a program needs besides are not counted: tini, dumb-init and catatonit "
    "are linked against those of the distribution.",
    charts=[("bars", "size", "Size of the program", ("binary", "layer"))])


def programs():
    found = {OURS: world.BINARY} | {name: shutil.which(name) for name in PROGRAMS if world.installed(name)}
    if world.DBMATE:
        found["dbmate"] = world.DBMATE
    return {name: pathlib.Path(path).resolve() for name, path in found.items()}


def layer(path):
    """Bytes."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz", compresslevel=6) as archive:
        archive.add(path, arcname=path.name)
    return data.tell()


@GROUP.row("binary")
def _(_session):
    row = Row("the program", {name: [path.stat().st_size / 1000] for name, path in programs().items()}, unit="kB", reference=OURS)
    return row.limit("the program", row.median(OURS), 10_000, "kB")


@GROUP.row("layer")
def _(_session):
    return Row("a layer with it", {name: [layer(path) / 1000] for name, path in programs().items()}, unit="kB", reference=OURS)
