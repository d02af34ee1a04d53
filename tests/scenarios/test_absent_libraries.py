"""GSSAPI and LDAP, which a static program does not have: nothing of them is offered, and who asks is told so."""

import socket
import struct
import subprocess
import threading

import pytest

from conftest import PASSWORD
from fault_proxy import GSS_REQUEST, TLS_REQUEST
from servers import Cluster

STARTUP = 196608  # protocol 3.0


@pytest.fixture
def first_request():
    """A server that keeps the code of each connection's first message, and hangs up."""
    codes = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def listen():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    codes.append(struct.unpack("!II", connection.recv(8, socket.MSG_WAITALL))[1])

        threading.Thread(target=listen, daemon=True).start()
        yield listener.getsockname()[1], codes
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("query, expected", [("", TLS_REQUEST), ("?sslmode=disable", STARTUP),
                                             ("?gssencmode=prefer&sslmode=disable", STARTUP)])
def test_gss_encryption_is_never_offered(entrypoint, first_request, query, expected):
    port, codes = first_request
    run = entrypoint("wait", "--wait-timeout", "1s", env={"DATABASE_URL": f"postgresql://owner@127.0.0.1:{port}/app{query}"})
    assert run.code == 69
    assert codes and codes[0] == expected and GSS_REQUEST not in codes


def test_gss_encryption_that_is_required_is_a_configuration_error(entrypoint, database):
    run = entrypoint("wait", env={"DATABASE_URL": database.url + "?gssencmode=require"})
    assert run.code == 78 and "GSSAPI encryption required" in run.err and run.seconds < 2


def test_a_server_that_asks_for_gssapi_gets_no_second_try(entrypoint):
    cluster = Cluster()
    try:
        (cluster.data / "pg_hba.conf").write_text("host all all 127.0.0.1/32 gss\n")
        try:
            cluster.start()
        except subprocess.CalledProcessError:
            pytest.skip("this server was built without GSSAPI")
        run = entrypoint("wait", env={"DATABASE_URL": cluster.url})
    finally:
        cluster.stop()
    assert run.code == 78 and "GSSAPI is not available in this program" in run.err
    assert "scram-sha-256" in run.err and run.seconds < 5


def test_a_service_in_a_directory_is_a_configuration_error(entrypoint, tmp_path):
    file = tmp_path / "pg_service.conf"
    file.write_text("[app]\nldap://ldap.example.org/dc=example,dc=org?description?one?(cn=app)\n")
    run = entrypoint("wait", env={"DATABASE_URL": "service=app", "PGSERVICEFILE": file})
    assert run.code == 78 and "LDAP is not available in this program" in run.err and run.seconds < 2


def test_the_same_service_with_its_parameters_in_the_file_is_found(entrypoint, database, tmp_path):
    file = tmp_path / "pg_service.conf"
    file.write_text(f"[app]\nhost={database.host}\nport={database.port}\ndbname={database.name}\n"
                    f"user=owner\npassword={PASSWORD}\n")
    run = entrypoint("wait", env={"DATABASE_URL": "service=app", "PGSERVICEFILE": file})
    assert run.code == 0
