"""A certificate authority of the tests' own, and a PostgreSQL whose certificate is from it."""

import contextlib
import pathlib
import subprocess

from engine import HOST_ROOT, ROOT, World, until, url


def openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, timeout=30, capture_output=True)


class Authority:
    def __init__(self, directory: pathlib.Path, name: str):
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.certificate, self.key = directory / f"{name}.crt", directory / f"{name}.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", f"/CN={name}", "-keyout", str(self.key), "-out", str(self.certificate))

    def certify(self, host: str) -> str:
        """A key and its certificate, in one text."""
        both = self.directory / f"{host}.pem"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-CA", str(self.certificate), "-CAkey", str(self.key), "-subj", f"/CN={host}",
                "-addext", f"subjectAltName=DNS:{host}", "-addext", "basicConstraints=CA:FALSE",
                "-keyout", str(both), "-out", f"{both}.crt")
        return both.read_text() + pathlib.Path(f"{both}.crt").read_text()

    def at(self, *places: str) -> tuple[str, ...]:
        """Options for the engine: the authority's certificate at these places of a container."""
        source = f"{HOST_ROOT}/{self.certificate.relative_to(ROOT)}"
        return tuple(word for place in places for word in ("-v", f"{source}:{place}:ro"))


class TlsServer:
    """PostgreSQL as `db`, which its certificate names, and as `alias`, which it does not."""

    def __init__(self, world: World):
        self.world = world
        self.authority = Authority(world.directory, "authority")
        self.stranger = Authority(world.directory, "stranger")
        self.container = world.database(aliases=("db", "alias"))
        world.await_database()
        self._in_data("cat >server.pem && chown postgres server.pem && chmod 600 server.pem",
                      stdin=self.authority.certify("db"))
        self.encrypt(True)

    def _in_data(self, script: str, stdin: str | None = None) -> None:
        self.container.exec("sh", "-c", f'cd "$PGDATA" && {script}', stdin=stdin)

    def encrypt(self, on: bool) -> None:
        """Switches TLS on or off, for the connections that come after this."""
        value = "on" if on else "off"
        self._in_data("cat >>postgresql.conf && kill -HUP 1",
                      stdin=f"ssl = {value}\nssl_cert_file = 'server.pem'\nssl_key_file = 'server.pem'\n")
        until(lambda: self.world.sql("show ssl") == value, 10, f"the server's ssl is {value}")

    @contextlib.contextmanager
    def plain(self):
        self.encrypt(False)
        try:
            yield
        finally:
            self.encrypt(True)

    def empty(self) -> None:
        self.world.sql("set client_min_messages = error; drop schema if exists pgentrypoint, public cascade; create schema public")

    def run(self, image: str, *command: str, query: str, host: str = "db", environment: dict[str, str] | None = None,
            **options):
        """A container with DATABASE_URL, in the server's network."""
        environment = {"DATABASE_URL": f"{url(host)}?{query}", **(environment or {})}
        return self.world.run(image, *command, environment=environment, **options)
