"""The files of a release, as whoever downloads them uses them. scripts/release runs this; scripts/test does not."""

import os
import pathlib
import tarfile

import pytest

from engine import HOST_ROOT, ROOT, docker, url

RELEASE = pathlib.Path(os.environ["PGE_RELEASE"])
VERSION = os.environ["PGE_RELEASE_VERSION"]
DEBIAN_VERSION = VERSION.replace("-", "~")
DEBIANS = os.environ["DEBIAN_IMAGES"].split()
MUSL_IMAGE, RELEASE_IMAGE = os.environ["MUSL_IMAGE"], os.environ["RELEASE_IMAGE"]
AT_RELEASE = ("-v", f"{HOST_ROOT}/{RELEASE.relative_to(ROOT)}:/release:ro")
FILES = {"1_seen.sql": "create table seen as select usename from pg_stat_activity where pid = pg_backend_pid();\n"}
# What an application does that is asked to stop, with a code of its own.
SERVER = "trap 'echo asked to stop; exit 7' TERM; echo serving; while :; do sleep 0.1; done"
PLACES = {"/usr/bin/pg-entrypoint", "/usr/share/bash-completion/completions/pg-entrypoint",
          "/usr/share/zsh/vendor-completions/_pg-entrypoint", "/usr/share/fish/vendor_completions.d/pg-entrypoint.fish"}


@pytest.fixture
def machine(world):
    """machine(image): a container that stays, with the release's files, beside a database."""

    def start(image):
        world.database()
        folder = world.migrations(FILES)
        return world.run(image, "sleep", "600", options=(*AT_RELEASE, "-v", f"{folder}:/migrations:ro", "--entrypoint", ""),
                         environment={"DATABASE_URL": url()})

    return start


def files_of(container):
    """All that is there, but for what dpkg itself writes down."""
    listed = container.exec("sh", "-c", "find / -xdev ! -path '/var/lib/dpkg/*' ! -path '/var/log/*' ! -path '/var/cache/*'")
    return set(listed.splitlines())


def migrates_and_serves(world, container, program="pg-entrypoint"):
    said = container.exec(program, "--", "sh", "-c", "echo served; exit 7", check=False)
    assert "served" in said and "migration applied" in said, said
    assert world.sql("select count(*) from seen") == "1"


@pytest.mark.parametrize("image", DEBIANS)
def test_the_package_installs_works_and_is_removed_without_a_trace(world, machine, image):
    debian = machine(image)
    before = files_of(debian)
    debian.exec("dpkg", "--install", f"/release/pg-entrypoint_{DEBIAN_VERSION}_amd64.deb")
    # A slim image leaves out manual pages and documentation.
    assert PLACES <= files_of(debian) - before
    assert debian.exec("pg-entrypoint", "--version") == f"pg-entrypoint {VERSION}\n"
    assert debian.exec("dpkg-query", "-W", "-f", "${Version}", "pg-entrypoint") == DEBIAN_VERSION
    migrates_and_serves(world, debian)
    debian.exec("dpkg", "--purge", "pg-entrypoint")
    assert files_of(debian) == before


def test_a_release_is_an_upgrade_of_its_candidate(world):
    final = VERSION.partition("-")[0]
    debian = world.run(DEBIANS[0], "sleep", "600")
    for older, newer in ((f"{final}~rc1", f"{final}~rc2"), (f"{final}~rc2", final)):
        debian.exec("dpkg", "--compare-versions", older, "lt", newer)


def test_the_archive_works_without_glibc(world, machine):
    musl = machine(MUSL_IMAGE)
    name = f"pg-entrypoint-{VERSION}-linux-amd64"
    musl.exec("tar", "-xzf", f"/release/{name}.tar.gz", "-C", "/tmp")
    assert musl.exec(f"/tmp/{name}/bin/pg-entrypoint", "--version") == f"pg-entrypoint {VERSION}\n"
    migrates_and_serves(world, musl, f"/tmp/{name}/bin/pg-entrypoint")


def test_the_image_archive_is_loaded_by_this_engine(world):
    name = f"pg-entrypoint-{VERSION}-linux-amd64.oci.tar"
    image = f"pg-entrypoint:{VERSION}"
    try:
        assert image in docker("load", "--input", str(RELEASE / name))
        assert docker("run", "--rm", image, "--version") == f"pg-entrypoint {VERSION}\n"
        label = docker("image", "inspect", "--format", '{{index .Config.Labels "org.opencontainers.image.version"}}', image)
        assert label.strip() == VERSION
    finally:
        docker("image", "rm", image, check=False)


def test_on_arm64_it_waits_migrates_serves_and_stops(world):
    """The main job, under emulation. The shell that it starts is the container's own."""
    name = f"pg-entrypoint-{VERSION}-linux-arm64"
    with tarfile.open(RELEASE / f"{name}.tar.gz") as archive:
        archive.extractall(world.directory, filter="data")
    binary = f"{HOST_ROOT}/{(world.directory / name / 'bin/pg-entrypoint').relative_to(ROOT)}"
    folder = world.migrations(FILES)
    app = world.run(RELEASE_IMAGE, "qemu-aarch64-static", "/arm64", "--", "sh", "-c", SERVER,
                    options=("-v", f"{binary}:/arm64:ro", "-v", f"{folder}:/migrations:ro"),
                    environment={"DATABASE_URL": url()})
    app.await_log("waiting for the database")
    world.database()
    app.await_log("migration applied")
    app.await_log("serving")
    assert world.sql("select count(*) from seen") == "1"
    app.stop()
    assert app.exit_code() == 7 and "asked to stop" in app.logs(), app.logs()
    again = world.run(RELEASE_IMAGE, "qemu-aarch64-static", "/arm64", "migrate",
                      options=("-v", f"{binary}:/arm64:ro", "-v", f"{folder}:/migrations:ro"), environment={"DATABASE_URL": url()})
    assert again.exit_code() == 0 and "nothing to apply" in again.logs(), again.logs()
