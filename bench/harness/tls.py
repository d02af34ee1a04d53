"""A server that speaks TLS for a while."""

import os
import subprocess
import time

import psycopg

from harness import world
from harness.measure import Failed


class Tls:
    """The server has a certificate of its own making and speaks TLS, until the end."""

    def __enter__(self):
        data = os.environ["PGE_TEST_PGDATA"]
        made = subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
             "-keyout", f"{data}/server.key", "-out", f"{data}/server.crt"], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise Failed(f"no certificate: {made.stderr.strip()}")
        owner = os.stat(data)
        for name in ("server.key", "server.crt"):
            os.chown(f"{data}/{name}", owner.st_uid, owner.st_gid)
            os.chmod(f"{data}/{name}", 0o600)
        self._switch("on")

    def __exit__(self, *_):
        self._switch("off")

    def _switch(self, value):
        """New sessions have it as soon as the server has read its files again."""
        world.execute(f"alter system set ssl = {value}")
        world.execute("select pg_reload_conf()")
        for _ in range(100):
            with psycopg.connect(world.ADMIN) as connection:
                if connection.execute("show ssl").fetchone()[0] == value:
                    return
            time.sleep(0.02)
        raise Failed(f"the server did not switch ssl {value}")
