"""The scripts that make a release's files: the image archive is the same each time, and the checks find what is wrong.

A whole release takes half an hour: scripts/release builds it twice and runs the same checks on it.
"""

import importlib.util
import os
import subprocess
import sys
import tarfile
from importlib.machinery import SourceFileLoader

import pytest

from conftest import ROOT

BINARY = b"\x7fELF, for a test"
EPOCH = {"SOURCE_DATE_EPOCH": "1700000000", "PATH": os.environ["PATH"]}


def run(script, *arguments, environment=EPOCH):
    return subprocess.run([sys.executable, ROOT / "scripts/lib" / script, *map(str, arguments)], env=environment, capture_output=True,
                          text=True, check=False)


def loaded(script, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    loader = SourceFileLoader(script.replace("-", "_"), f"{ROOT}/scripts/lib/{script}")
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


@pytest.fixture
def archive(tmp_path):
    """archive(architecture, content=…): path of an image archive."""

    def make(architecture="arm64", content=BINARY, name="image.tar", environment=EPOCH):
        (tmp_path / "binary").write_bytes(content)
        done = run("oci-archive", tmp_path / "binary", architecture, "0.1.0-rc1", "abc123", tmp_path / name, environment=environment)
        assert done.returncode == 0, done.stderr
        return tmp_path / name

    return make


@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_an_image_archive_is_sound(archive, tmp_path, architecture):
    done = run("check-oci", archive(architecture), architecture, tmp_path / "binary")
    assert done.returncode == 0 and "sha256:" in done.stdout, done.stderr


def test_it_is_the_same_bytes_again_and_others_at_another_commit(archive):
    first, second = archive(name="one.tar").read_bytes(), archive(name="two.tar").read_bytes()
    assert first == second
    assert archive(name="three.tar", environment=EPOCH | {"SOURCE_DATE_EPOCH": "1700000001"}).read_bytes() != first


def changed_blob(path):
    """One byte of the largest blob is another."""
    with tarfile.open(path) as tar:
        entry = max((one for one in tar if one.name.startswith("blobs/")), key=lambda one: one.offset)
    content = bytearray(path.read_bytes())
    content[entry.offset_data + 3] ^= 1
    path.write_bytes(content)


def test_another_architecture_another_binary_and_a_changed_byte_are_found(archive, tmp_path):
    good = archive("arm64")
    assert run("check-oci", good, "amd64", tmp_path / "binary").returncode != 0
    (tmp_path / "other").write_bytes(BINARY + b"!")
    assert run("check-oci", good, "arm64", tmp_path / "other").returncode != 0
    changed_blob(good)
    assert run("check-oci", good, "arm64", tmp_path / "binary").returncode != 0


def test_a_library_without_a_known_licence_is_not_passed_over(monkeypatch, tmp_path):
    sbom = loaded("sbom", monkeypatch)
    entry = {"version": "1", "from": "libsurprise-dev", "archives": {"libsurprise.a"}}
    with pytest.raises(SystemExit, match="libsurprise-dev is linked in, and its licence is not known here"):
        sbom.package_entry("libsurprise-dev", entry, tmp_path)


@pytest.mark.parametrize("words, fits", [("Permission is hereby granted. License: MIT", True), ("All rights reserved", False)])
def test_a_copyright_file_must_say_what_is_declared(monkeypatch, tmp_path, words, fits):
    sbom = loaded("sbom", monkeypatch)
    monkeypatch.setitem(sbom.LICENCES, "libsurprise-dev", ("MIT", "License: MIT"))
    folder = tmp_path / "usr/share/doc/libsurprise-dev"
    folder.mkdir(parents=True)
    (folder / "copyright").write_text(words)
    entry = {"version": "1.2-3", "from": "libsurprise-dev", "archives": {"libsurprise.a"}}
    if fits:
        made = sbom.package_entry("libsurprise-dev", entry, tmp_path)
        assert (made["licenseConcluded"], made["versionInfo"]) == ("MIT", "1.2-3")
        assert made["comment"].startswith("linked statically: libsurprise.a")
    else:
        with pytest.raises(SystemExit, match="does not say"):
            sbom.package_entry("libsurprise-dev", entry, tmp_path)


BUILT = [path.parents[1] for path in sorted(ROOT.glob("build/*/entrypoint/cmake_install.cmake")) if (path.parents[1] / "completions").exists()]
INSTALLED = {"bin/pg-entrypoint", "share/man/man1/pg-entrypoint.1.gz", "share/bash-completion/completions/pg-entrypoint",
             "share/zsh/site-functions/_pg-entrypoint", "share/fish/vendor_completions.d/pg-entrypoint.fish",
             "share/doc/pg-entrypoint/LICENSE", "share/doc/pg-entrypoint/THIRD_PARTY_LICENSES.md"}


def installed(prefix, *arguments):
    command = ["cmake", "--install", BUILT[-1], "--prefix", prefix, *arguments]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return {str(path.relative_to(prefix)) for path in prefix.rglob("*") if not path.is_dir()}


def test_the_component_is_all_that_is_installed(tmp_path):
    if not BUILT:
        pytest.skip("nothing is built here: scripts/test build")
    assert installed(tmp_path / "all") == INSTALLED
    assert installed(tmp_path / "pkg", "--component", "pkg") == INSTALLED
    # The twin: another component has nothing.
    (tmp_path / "none").mkdir()
    assert installed(tmp_path / "none", "--component", "tests") == set()


@pytest.mark.parametrize("version", ["1", "0.1", "0.1.0_rc1", "v0.1.0", "9.9.9", ""])
def test_a_release_of_another_version_is_refused_before_anything_is_built(version):
    done = subprocess.run([ROOT / "scripts/release", version], capture_output=True, text=True, check=False)
    assert done.returncode != 0 and ("version" in done.stderr or "usage" in done.stderr)
