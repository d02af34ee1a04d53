"""TLS: what is trusted, where `sslrootcert=system` looks, and what a person reads when a server is not trusted."""

import pytest
from engine import ENTRYPOINT_IMAGE

DEBIAN_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
VERIFY = "sslmode=verify-full&sslrootcert=/ca.crt"


@pytest.mark.parametrize("place", [
    DEBIAN_BUNDLE, "/etc/pki/tls/certs/ca-bundle.crt", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"])
def test_the_bundle_is_found_where_distributions_keep_it(tls, place):
    job = tls.run(ENTRYPOINT_IMAGE, "wait", query="sslrootcert=system", options=tls.authority.at(place))
    assert job.exit_code() == 0, job.logs()


def test_what_the_user_says_wins_over_the_image(tls):
    options = (*tls.stranger.at(DEBIAN_BUNDLE), *tls.authority.at("/mine.crt"))
    job = tls.run(ENTRYPOINT_IMAGE, "wait", query="sslrootcert=system", options=options,
                  environment={"SSL_CERT_FILE": "/mine.crt"})
    assert job.exit_code() == 0, job.logs()
    other = tls.run(ENTRYPOINT_IMAGE, "wait", "--login-grace", "0", query="sslrootcert=system", options=options)
    assert other.exit_code() == 78


def test_what_is_no_bundle_is_passed_over(tls):
    # A variable that compose passes on empty; a directory, which engines make where a bind mount's source is missing.
    job = tls.run(ENTRYPOINT_IMAGE, "wait", query="sslrootcert=system", environment={"SSL_CERT_FILE": ""},
                  options=("--tmpfs", DEBIAN_BUNDLE, *tls.authority.at("/etc/ssl/cert.pem")))
    assert job.exit_code() == 0, job.logs()


# At once where the fault is in the container; after the grace where the server may still be mended.
@pytest.mark.parametrize("grace, query, host, environment, sentences", [
    ("0", "sslmode=verify-full&sslrootcert=/stranger.crt", "db", {},
     ("certificate verify failed", "not signed by a CA in /stranger.crt", "s_client -starttls postgres -connect db:5432")),
    ("0", VERIFY, "alias", {}, ('does not match host name "alias"', "must be a name in the certificate")),
    ("0", "sslrootcert=system", "db", {}, ("this image has no CA bundle", "SSL_CERT_FILE", "sslrootcert=/its/path")),
    ("0", "sslrootcert=system", "db", {"SSL_CERT_FILE": "/stranger.crt"},
     ("certificate verify failed", "not signed by a CA in /stranger.crt")),
    ("0", "sslrootcert=system", "db", {"SSL_CERT_FILE": "/nowhere.crt"},
     ("SSL_CERT_FILE=/nowhere.crt cannot be read: No such file or directory",)),
    ("1h", "sslmode=verify-full&sslrootcert=/nowhere.crt", "db", {},
     ('root certificate file "/nowhere.crt" does not exist', "copy or mount the file there")),
    ("1h", "sslmode=require&sslrootcert=system", "db", {}, ('weak sslmode "require"', 'use "verify-full"')),
])
def test_a_server_that_is_not_to_be_trusted_is_78_and_says_why(tls, grace, query, host, environment, sentences):
    job = tls.run(ENTRYPOINT_IMAGE, "wait", "--login-grace", grace, query=query, host=host, environment=environment,
                  options=(*tls.authority.at("/ca.crt"), *tls.stranger.at("/stranger.crt")))
    code, log = job.exit_code(), job.logs()
    assert code == 78, log
    [error] = [line for line in log.splitlines() if "exit=78" in line]
    assert not [sentence for sentence in sentences if sentence not in error], error


def test_encryption_that_is_asked_for_and_not_there_is_78_unless_it_comes_within_the_grace(tls):
    with tls.plain():
        refused = tls.run(ENTRYPOINT_IMAGE, "wait", "--login-grace", "0", query="sslmode=require")
        assert refused.exit_code() == 78
        assert "server does not support SSL, but SSL was required" in refused.logs()
        assert "set ssl = on in the server" in refused.logs()
        assert tls.run(ENTRYPOINT_IMAGE, "wait", query="sslmode=prefer").exit_code() == 0
        late = tls.run(ENTRYPOINT_IMAGE, "wait", query=VERIFY, options=tls.authority.at("/ca.crt"))
        late.await_log("waiting for the database")
    assert late.exit_code() == 0, late.logs()
