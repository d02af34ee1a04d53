"""The published image: one static file that needs nothing of the image it runs in."""

import subprocess

from engine import ENTRYPOINT_IMAGE, docker, url

RESTRICTED = ("--read-only", "--user", "1000780000:0", "--cap-drop", "ALL",
              "--security-opt", "no-new-privileges", "--memory", "32m")


def test_the_image_holds_one_static_file_of_at_most_10_mb(tmp_path):
    container = docker("create", ENTRYPOINT_IMAGE, "x").strip()
    try:
        docker("cp", f"{container}:/pg-entrypoint", str(tmp_path))
        # Besides the file: what the engine itself puts into every container.
        listing = subprocess.run(f"docker export {container} | tar -t", shell=True, text=True, check=True,
                                 capture_output=True).stdout.split()
    finally:
        docker("rm", container)
    own = [name for name in listing if not name.startswith(("dev/", "etc/", "proc/", "sys/", ".dockerenv"))]
    assert own == ["pg-entrypoint"]
    binary = tmp_path / "pg-entrypoint"
    assert binary.stat().st_size <= 10_000_000
    headers = subprocess.run(["readelf", "-lS", str(binary)], text=True, check=True, capture_output=True).stdout
    assert "INTERP" not in headers
    assert ".symtab" not in headers


def test_from_scratch_under_every_restriction_it_finds_the_database_and_migrates(world):
    world.database()
    folder = world.migrations({"1_a.sql": "create table a (id int);\n-- migrate:down\ndrop table a;\n"})
    job = world.run(ENTRYPOINT_IMAGE, "migrate", options=(*RESTRICTED, "-v", f"{folder}:/migrations:ro"),
                    environment={"DATABASE_URL": url()})
    assert job.exit_code() == 0, job.logs()
    assert world.sql("select count(*) from a") == "0"
    assert world.sql("select rolpassword like 'SCRAM-SHA-256%' from pg_authid where rolname = current_user") == "t"
    assert world.sql("show password_encryption") == "scram-sha-256"


def test_as_entrypoint_from_scratch_it_serves_under_every_restriction(world):
    world.database()
    # The only program in the image is ours: it plays the application.
    app = world.run(ENTRYPOINT_IMAGE, "--allow-empty", "--dir", "/", "--", "/pg-entrypoint", "--version",
                    options=RESTRICTED, environment={"DATABASE_URL": url()})
    assert app.exit_code() == 0, app.logs()
    assert "pg-entrypoint 0." in app.logs()


def test_help_needs_no_database_and_no_writable_anything():
    text = docker("run", "--rm", *RESTRICTED, "--network", "none", ENTRYPOINT_IMAGE, "--help")
    assert text.startswith("pg-entrypoint: the container entrypoint for applications that use PostgreSQL.")
