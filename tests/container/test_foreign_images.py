"""The binary in images that it was not made for: each has its own libc, names, modules and CA bundle."""

import signal
import subprocess
import uuid

import pytest
from engine import HOST_ROOT, ROOT, docker

DEBIAN_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
BUNDLES = {"debian12": DEBIAN_BUNDLE, "musl": "/etc/ssl/cert.pem", "modules": DEBIAN_BUNDLE}
FILES = {"1_seen.sql": "create table seen as select ssl, usename from pg_stat_ssl join pg_stat_activity using (pid) "
                       "where pid = pg_backend_pid();\n"}
# As the application: who it is, what it was given, and a code of its own.
APPLICATION = ("--user", "nobody", "--", "sh", "-c", "echo I am $(id -un) with $(env | grep -c ^SSL_CERT) more; exit 7")


@pytest.fixture(scope="module")
def naive():
    """A static program without our precautions, as a path for the engine's `-v`."""
    folder = ROOT / "build" / "container-tests" / uuid.uuid4().hex[:8]
    folder.mkdir(parents=True)
    program = folder / "naive"
    try:
        # The linker warns of just what this is about.
        subprocess.run(["g++", "-static", "-o", str(program), str(ROOT / "tests/container/naive.cpp"), "-lcrypto",
                        "-lz", "-lzstd"], check=True, timeout=120, stderr=subprocess.DEVNULL)
        yield f"{HOST_ROOT}/{program.relative_to(ROOT)}"
    finally:
        program.unlink(missing_ok=True)
        folder.rmdir()


def image(name: str) -> str:
    return f"pg-entrypoint/foreign:{name}"


@pytest.mark.parametrize("name", BUNDLES)
def test_it_finds_the_database_by_name_migrates_over_tls_and_serves_as_a_named_user(tls, name):
    app = tls.run(image(name), *APPLICATION, query="sslmode=verify-full&sslrootcert=/ca.crt",
                  options=("-v", f"{tls.world.migrations(FILES)}:/migrations:ro", *tls.authority.at("/ca.crt")))
    try:
        assert app.exit_code() == 7, app.logs()
        assert "I am nobody with 0 more" in app.logs()
        assert tls.world.sql("select * from seen") == "t|vote"
    finally:
        tls.empty()


@pytest.mark.parametrize("name, place", BUNDLES.items())
def test_the_bundle_of_the_image_is_what_system_means(tls, name, place):
    app = tls.run(image(name), "--allow-empty", "--dir", "/tmp", *APPLICATION, query="sslrootcert=system",
                  options=tls.authority.at(place))
    assert app.exit_code() == 7, app.logs()
    assert "I am nobody with 0 more" in app.logs()  # where we found the bundle is nothing to the application


@pytest.mark.parametrize("what, module", [("user", "libnss_systemd"), ("host", "libnss_myhostname"),
                                          ("openssl", "legacy.so")])
def test_the_traps_are_real(naive, what, module):
    """In the image with modules a static program loads them, or dies of it; in the same Debian without, it does not."""

    def end_in(name):
        done = subprocess.run(["docker", "run", "--rm", "--network", "none", "-v", f"{naive}:/naive:ro",
                               "--entrypoint", "/naive", image(name), what], text=True, timeout=60, capture_output=True)
        return done.returncode, done.stdout

    assert end_in("debian12") == (0, "alive\n")
    code, printed = end_in("modules")
    assert code == 128 + signal.SIGFPE or module in printed, (code, printed)


def test_the_image_of_another_c_library_has_no_glibc():
    listing = docker("run", "--rm", "--network", "none", "--entrypoint", "sh", image("musl"), "-c",
                     "ls /lib/ld-musl-*; ls -d /lib*/ld-linux* /lib*/*/libc.so.6", check=False)
    assert "\n/lib/ld-musl-" in "\n" + listing and listing.count("No such file") == 2, listing
