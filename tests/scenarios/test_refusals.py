"""Every row of docs/refusals.md, produced by a real server, a real libpq or the proxy."""

import base64
import json
import os
import re
import subprocess
from types import SimpleNamespace

import psycopg
import pytest

from conftest import ENCODED, PASSWORD, ROOT
from fault_proxy import FaultProxy, authentication, error_response, server_message
from servers import Cluster, free_port

NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--")
NAMELESS = ("setpriv", "--reuid=4242", "--regid=4242", "--clear-groups", "--")
ONLY_SCRAM = authentication(10, b"SCRAM-SHA-256\0\0")


def documented():
    """{(sqlstate, text): what follows}, from the tables."""
    with open(ROOT / "docs/refusals.md", encoding="utf-8") as file:
        cells = [[cell.strip().strip("`") for cell in line.split("|")[1:-1]] for line in file if line.startswith("| `")]
    rows = {("", row[0]): row[1] for row in cells if len(row) == 3}
    return rows | {(row[0], row[1].replace("anything else", "")): row[2] for row in cells if len(row) == 4}


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, timeout=30, capture_output=True)


def certificate(directory, name):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            f"/CN={name}", "-keyout", str(directory / f"{name}.key"), "-out", str(directory / f"{name}.crt"))


HBA = """
hostssl all certificate all cert
hostssl all encrypted all trust
host all postgres all trust
"""


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """A server with TLS 1.3 whose certificate names `db`, and files for a client."""
    files = tmp_path_factory.mktemp("tls")
    for parent in [files, *files.parents[:2]]:
        parent.chmod(0o755)
    for name in ("db", "stranger"):
        certificate(files, name)
    (files / "junk").write_text("no certificate\n")
    (files / "junk").chmod(0o600)
    (files / "open.key").write_bytes((files / "db.key").read_bytes())
    (files / "open.key").chmod(0o644)
    (files / "private").mkdir(mode=0o700)
    cluster = Cluster()
    for name in ("server.crt", "server.key"):
        (cluster.data / name).write_bytes((files / name.replace("server", "db")).read_bytes())
        os.chown(cluster.data / name, cluster.data.stat().st_uid, -1)
        (cluster.data / name).chmod(0o600)
    (cluster.data / "pg_hba.conf").write_text(HBA, encoding="ascii")
    cluster.start("ssl=on", "ssl_min_protocol_version=TLSv1.3", "ssl_ca_file=server.crt")
    with psycopg.connect(cluster.url, autocommit=True) as connection:
        connection.execute("create role encrypted login; create role certificate login")
    cluster.files = files
    yield cluster
    cluster.stop()


@pytest.fixture(scope="module")
def bouncer(one_database, tls):
    """PgBouncer before the database, with TLS."""
    directory = tls.files
    port = free_port()
    (directory / "users").write_text(f'"owner" "{PASSWORD}"\n', encoding="utf-8")
    (directory / "bouncer.ini").write_text(
        f"[databases]\n{one_database.name} = host={one_database.host} port={one_database.port}\n[pgbouncer]\n"
        f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = scram-sha-256\npool_mode = transaction\n"
        f"auth_file = {directory}/users\nclient_tls_sslmode = allow\n"
        f"client_tls_cert_file = {tls.data}/server.crt\nclient_tls_key_file = {tls.data}/server.key\n", encoding="utf-8")
    owner = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"] if os.getuid() == 0 else []
    process = subprocess.Popen([*owner, "pgbouncer", "-q", directory / "bouncer.ini"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield SimpleNamespace(port=port)
    process.kill()
    process.wait()


DATABASES = {
    "private": "revoke connect on database {} from public",
    "closed": "alter database {} allow_connections false",
    "broken": "update pg_database set datconnlimit = -2 where datname = '{}'",
    "library": "alter database {} set session_preload_libraries = 'no_such_library'",
}
TRIGGER = """
create function refuse() returns event_trigger language plpgsql as $$begin
  if session_user = 'reader' then raise 'not today'; end if;
end$$;
create event trigger refuse on login execute function refuse();
"""


@pytest.fixture(scope="module")
def rooms(admin, one_database):
    """Databases and roles that refuse."""
    names = {name: f"refusals_{name}" for name in (*DATABASES, "trigger")}
    has_login_triggers = admin.info.server_version >= 170000
    try:
        for name, statement in DATABASES.items():
            admin.execute(f"create database {names[name]}")
            admin.execute(statement.format(names[name]))
        admin.execute(f"create database {names['trigger']}")
        if has_login_triggers:
            with psycopg.connect(one_database.url_of("boss", name=names["trigger"]), autocommit=True) as connection:
                connection.execute(TRIGGER)
        admin.execute(f"create role locked password '{PASSWORD}'; create role limited login connection limit 0 password '{PASSWORD}'")
        yield SimpleNamespace(names=names, has_login_triggers=has_login_triggers)
    finally:
        for name in names.values():
            admin.execute(f"drop database if exists {name} with (force)")
        admin.execute("drop role if exists locked; drop role if exists limited")


class World:
    """What a row needs; the cases below are functions of it. They give the URL, or (URL, options of `start`)."""

    def __init__(self, request, database, tmp_path):
        self.request, self.database, self.tmp_path = request, database, tmp_path
        self.proxies = []

    tls = property(lambda self: self.request.getfixturevalue("tls"))
    bouncer = property(lambda self: self.request.getfixturevalue("bouncer"))
    rooms = property(lambda self: self.request.getfixturevalue("rooms"))

    def main(self, query="", **changes):
        return self.database.url_of("owner", query=query, **changes)

    def room(self, name, user="reader"):
        return self.database.url_of(user, name=self.rooms.names[name])

    def option(self, setting):
        return self.main(f"?options=-c%20{setting}")

    def proxy(self, query="?sslmode=disable"):
        server = FaultProxy((self.database.host, self.database.port))
        self.proxies.append(server)
        server.url = self.main(query, host=server.listener.getsockname()[0], port=server.port)
        return server

    def rejects(self, sqlstate, text):
        return self.proxy().reject(sqlstate, text).url

    def answers(self, answer):
        """A server that answers the start-up packet with these bytes."""
        return self.proxy().impersonate(answer).url

    def answers_tls(self, answer, after=b""):
        server = self.proxy("?sslmode=require")
        server.tls_answer, server.after_tls = answer, after
        return server.url

    def encrypted(self, query, user="postgres", host="127.0.0.1"):
        return f"postgresql://{user}@{host}:{self.tls.port}/postgres?{query}"

    def verified(self, query="", host="127.0.0.1"):
        return self.encrypted(f"sslmode=verify-full&sslrootcert={self.tls.files}/db.crt{query}", host=host)

    def client_key(self, certificate, key):
        files = self.tls.files
        return self.encrypted(f"sslmode=require&sslcert={files}/{certificate}&sslkey={key.format(files)}")

    def service(self, text):
        (self.tmp_path / "services").write_text(text, encoding="ascii")
        return "service=x", {"env": {"PGSERVICEFILE": self.tmp_path / "services"}}

    def socket(self, query=""):
        directory = self.database.value("select split_part(current_setting('unix_socket_directories'), ',', 1)")
        return f"postgresql://owner@/{self.database.name}?host={directory}&port={self.database.port}{query}"


def scram(answer):
    """A server that does not know the password: it plays the exchange as far as it can."""

    def play(client):
        client.sendall(ONLY_SCRAM)
        nonce = re.search(rb"r=([^,]+)", client.recv(65536)).group(1)
        if answer == b"signature":
            salt = base64.b64encode(b"salt")
            client.sendall(authentication(11, b"r=" + nonce + b"x,s=" + salt + b",i=4096"))
            client.recv(65536)
            client.sendall(authentication(12, b"v=" + base64.b64encode(bytes(32))))
        else:
            client.sendall(authentication(11, answer))
        client.recv(65536)

    return play


STANDBY = b"".join([authentication(0), server_message(b"S", b"server_version\0" b"17.0\0"), server_message(b"S", b"in_hot_standby\0on\0"),
                    server_message(b"S", b"default_transaction_read_only\0off\0"), server_message(b"K", bytes(8)), server_message(b"Z", b"I")])

# (SQLSTATE, text) of the row: how to bring it about.
LIBPQ = {
    "root certificate file": lambda w: w.encrypted("sslmode=verify-full&sslrootcert=/nowhere.crt"),
    "could not get home directory to locate root certificate file":
        lambda w: (w.encrypted("sslmode=verify-full"), {"within": NAMELESS, "env": {"HOME": None}}),
    "could not read root certificate file": lambda w: w.encrypted(f"sslmode=verify-full&sslrootcert={w.tls.files}/junk"),
    "could not open certificate file":
        lambda w: (w.encrypted(f"sslmode=require&sslcert={w.tls.files}/private/x.crt"), {"within": NOBODY}),
    "could not read certificate file": lambda w: w.client_key("junk", "{}/db.key"),
    "certificate present, but not private key file": lambda w: w.client_key("db.crt", "/nowhere.key"),
    "could not stat private key file": lambda w: w.client_key("db.crt", "{}/junk/db.key"),
    "could not load private key file": lambda w: w.client_key("db.crt", "{}/junk"),
    "private key file": lambda w: w.client_key("db.crt", "{}/open.key"),
    "invalid": lambda w: w.main(port=99999),
    "could not match": lambda w: "host=a,b,c port=1,2",
    "could not parse network address": lambda w: "hostaddr=nonsense",
    "weak sslmode": lambda w: w.main("?sslmode=require&sslrootcert=system"),
    "require_auth method": lambda w: w.main("?require_auth=password,password"),
    "negative require_auth method": lambda w: w.main("?require_auth=password,!none"),
    "GSSAPI encryption required but": lambda w: w.main("?gssencmode=require&sslmode=disable"),
    "Unix-domain socket path": lambda w: "host=/" + 120 * "x",
    "host name must be specified": lambda w: w.verified("&hostaddr=127.0.0.1", host=""),
    "definition of service": lambda w: w.service("[y]\n"),
    "service file": lambda w: ("service=x", {"env": {"PGSERVICEFILE": "/nowhere.conf"}}),
    "syntax error in service file": lambda w: w.service("[x]\nnonsense\n"),
    "nested service specifications": lambda w: w.service("[x]\nservice=y\n"),
    "line … too long in service file": lambda w: w.service("[x]\n#" + 2000 * "x" + "\n"),
    "lookup on LDAP server failed": lambda w: w.service("[x]\nldap://127.0.0.1/dc=x?description?one?(cn=x)\n"),
    "local user with ID": lambda w: (w.main().replace(f"owner:{ENCODED}@", ""), {"within": NAMELESS}),
    "SSL error: certificate verify failed": lambda w: w.encrypted(f"sslmode=verify-ca&sslrootcert={w.tls.files}/stranger.crt"),
    "server certificate for": lambda w: w.verified(host="localhost"),
    "server does not support SSL, but SSL was required": lambda w: w.main("?sslmode=require"),
    "SSL error: … alert": lambda w: w.encrypted("sslmode=require&ssl_max_protocol_version=TLSv1.2"),
    "fe_sendauth: no password supplied": lambda w: w.database.url_of("owner", password=""),
    "channel binding required": lambda w: w.main("?channel_binding=require"),
    "channel binding is required": lambda w: w.main("?sslmode=require&channel_binding=require", port=w.bouncer.port),
    "authentication method requirement": lambda w: w.main("?require_auth=none"),
    "GSSAPI is not available in this program": lambda w: w.answers(authentication(7)),
    "authentication method": lambda w: w.answers(authentication(99)),
    "Kerberos": lambda w: w.answers(authentication(2)),
    "none of the server's SASL authentication mechanisms are supported": lambda w: w.answers(authentication(10, b"OTHER\0\0")),
    "incorrect server signature": lambda w: w.answers(scram(b"signature")),
    "invalid SCRAM response": lambda w: w.answers(scram(b"r=other,s=c2FsdA==,i=4096")),
    "malformed SCRAM message": lambda w: w.answers(scram(b"nonsense")),
    "requirepeer specifies": lambda w: w.socket("&requirepeer=nobody"),
    "Permission denied": lambda w: (w.socket(), {"within": NOBODY}),
    "received invalid response to SSL negotiation": lambda w: w.answers_tls(b"H"),
    "expected authentication request from server, but received": lambda w: w.answers(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "SSL error: wrong version number": lambda w: w.answers_tls(b"S", b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "session is read-only": lambda w: w.option("default_transaction_read_only%3Don") + "&target_session_attrs=read-write",
    "session is not read-only": lambda w: w.main("?target_session_attrs=read-only"),
    "server is in hot standby mode": lambda w: w.answers(STANDBY) + "&target_session_attrs=primary",
    "server is not in hot standby mode": lambda w: w.main("?target_session_attrs=standby"),
    "Connection refused": lambda w: w.main(port=free_port()),
    "No such file or directory": lambda w: "host=/nowhere",
    "could not translate host name": lambda w: "host=a..b",
    "timeout expired": lambda w: w.answers(lambda client: client.recv(1)),
    "server closed the connection unexpectedly": lambda w: w.answers(lambda client: None),
    "SSL SYSCALL error:": lambda w: w.answers_tls(b"S"),
    "server sent an error response during SSL exchange": lambda w: w.answers_tls(error_response("FATAL", "53300", "no more processes")),
}
SERVER = {
    ("08P01", "unsupported startup parameter"): lambda w: w.main("?options=-c%20search_path%3Dapp", port=w.bouncer.port),
    ("08P01", "unsupported options startup parameter"): lambda w: w.main("?options=-d%205", port=w.bouncer.port),
    ("28", "no encryption"): lambda w: w.encrypted("sslmode=disable", user="encrypted"),
    ("28", "valid client certificate"): lambda w: w.encrypted("sslmode=require", user="certificate"),
    ("28", "is not permitted to log in"): lambda w: w.room("trigger", user="locked"),
    ("28", ""): lambda w: w.database.url_of("owner", password="wrong-one"),
    ("3D000", ""): lambda w: w.database.url_of("owner", name="no_such_database"),
    ("42501", "parameter"): lambda w: w.option("log_statement%3Dnone"),
    ("42501", ""): lambda w: w.room("private"),
    ("55000", "invalid database"): lambda w: w.room("broken"),
    ("55000", ""): lambda w: w.room("closed"),
    ("58P01", ""): lambda w: w.room("library"),
    ("P0001", ""): lambda w: w.room("trigger") if w.rooms.has_login_triggers else w.rejects("P0001", "not today"),
    ("42704", ""): lambda w: w.option("nosuch%3D1"),
    ("22", ""): lambda w: w.option("work_mem%3Dplenty"),
    ("42601", ""): lambda w: w.main("?options=-Z"),
    ("42602", ""): lambda w: w.option("1.x%3D1"),
    ("55P02", ""): lambda w: w.option("max_connections%3D5"),
    ("53300", ""): lambda w: w.database.url_of("limited", name=w.rooms.names["trigger"]),
}
# What has no simple cause here, in the words of its source.
TEXTS = {
    ("08P01", "SSL required"): "SSL required",
    ("08P01", "TLS connection required"): "TLS connection required",
    ("08P01", "client certificate required"): "TLS client certificate required",
    ("08P01", "no authentication method"): "no authentication method is found",
    ("08P01", "no such database"): "no such database: app",
    ("08P01", "no such user"): "no such user: app",
    ("08P01", "authentication failed"): "SASL authentication failed",
    ("08P01", "no more connections allowed"): "no more connections allowed (max_client_conn)",
    ("08P01", "connections exceeded"): "client connections exceeded (max_db_client_connections)",
    ("08P01", "query_wait_timeout"): "query_wait_timeout",
    ("08P01", "server login has been failing"): "server login has been failing, try again later (server_login_retry)",
    ("XX000", "Tenant or user not found"): "Tenant or user not found",
    ("0A000", ""): "unsupported frontend protocol 3.0: server supports 4.0 to 5.0",
    ("53", ""): "out of memory",
    ("57P03", ""): "the database system is starting up",
    ("57P", ""): "terminating connection due to administrator command",
    ("57014", ""): "canceling authentication due to timeout",
}
# What only an image without any file of OpenSSL's can show: tests/container/test_tls.py, sslrootcert=system in a scratch image.
ELSEWHERE = {("", "SSL error: unregistered scheme")}
WHOLE = {"53": "53200", "57P": "57P01", "22": "22023", "28": "28"}
CASES = {("", text): arrange for text, arrange in LIBPQ.items()} | SERVER | {
    (state, text): lambda w, state=state, said=said: w.rejects(WHOLE.get(state, state), said) for (state, text), said in TEXTS.items()}


@pytest.fixture
def world(request, database, tmp_path):
    made = World(request, database, tmp_path)
    yield made
    for server in made.proxies:
        server.close()


def test_every_row_of_the_documentation_is_produced():
    assert set(documented()) == set(CASES) | ELSEWHERE
    assert len(CASES) >= 40


@pytest.mark.parametrize("row", CASES, ids=lambda row: f"{row[0]} {row[1]}".strip())
def test_a_refusal_is_what_the_documentation_says(entrypoint, world, row):
    arranged = CASES[row](world)
    url, options = arranged if isinstance(arranged, tuple) else (arranged, {})
    code, when = documented()[row].split(" ", 1)
    # What is final must not wait for anything; what gets a grace must not wait for more than that.
    grace, limit = {"at once": ("1h", "1h"), "after the grace": ("50ms", "1h"), "at the end": ("0", "200ms")}[when]
    environment = {"DATABASE_URL": url} | options.pop("env", {})
    run = entrypoint("wait", "--login-grace", grace, "--wait-timeout", limit, "--log-format", "json", env=environment, **options)
    lines = [json.loads(line) for line in run.err.splitlines()]
    assert run.code == int(code), run.err
    error = lines[-1]
    assert error["level"] == "error" and error["hint"]
    for part in row[1].split(" … "):
        assert part in error["message"]
    assert error.get("sqlstate", "").startswith(row[0])
    if when != "at the end":
        assert any(line["message"] == "waiting for the database" for line in lines) == (when != "at once")


def test_a_passfile_that_others_may_read_is_told_once_and_named(entrypoint, start, database, tmp_path):
    passfile = tmp_path / "pgpass"
    escaped = PASSWORD.replace(":", "\\:")
    passfile.write_text(f"{database.host}:{database.port}:*:owner:{escaped}\n", encoding="utf-8")
    passfile.chmod(0o640)
    env = {"DATABASE_URL": database.url_of("owner", password="", query=f"?passfile={passfile}")}
    run = entrypoint("wait", "--login-grace", "1s", "--log-format", "json", env=env)
    lines = [json.loads(line) for line in run.err.splitlines()]
    assert run.code == 77 and f"chmod 0600 {passfile}" in lines[-1]["hint"]
    warnings = [line for line in lines if line["level"] == "warning"]
    assert len(warnings) == 1 and warnings[0]["message"].startswith("libpq: password file")
    # It is read again at each attempt.
    waiting = start("wait", env=env).wait_for("waiting for the database")
    passfile.chmod(0o600)
    assert waiting.finish().code == 0
    missing = entrypoint("wait", "--login-grace", "0", env={"DATABASE_URL": database.url_of("owner", password="")})
    assert missing.code == 77 and "PGPASSWORD" in missing.err and "chmod" not in missing.err
