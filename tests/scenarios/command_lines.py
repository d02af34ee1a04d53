"""Random command lines and variables, of the words that the help text has and of others, and what may come of them."""

import os
import re
import signal
import subprocess

PATIENCE = float(os.environ.get("PGE_PATIENCE", "20"))
COMMANDS = ["run", "migrate", "wait", "status", "check", "new", "down", "baseline", "accept", "healthcheck"]
VALUES = ["", " ", "0", "1", "-1", "7", "999999", "4294967296", "99999999999999999999", "0x10", "1e3", "1.5", "nan", "100ms", "2s", "5m",
          "1h2m", "s", "soon", "auto", "check", "wait", "off", "on", "true", "false", "yes", "text", "json", "full", "cancel", "refuse",
          "TERM", "SIGTERM", "TERM=QUIT", "HUP=drop", "KILL", "RTMIN+3", "64", "65", "TERM=", "=TERM", "nobody", "0:0", "nobody:", ":",
          "::", "a:b:a", "-", "--", "--quiet", "-h", ".", "..", "/", "/nowhere", "/dev/null", "/dev/zero/x", "migrations", "a.b", "a.b.c",
          "PATH", "DB_*", "*", "[", "[a", "{", "\\", "app", "app *", "bin/rails server,app", "'", "\"", "'app", "app \"x", "alembic upgrade head",
          "select 1", ";", "\n", "\t", "%", "%s%n", "%00", "${", "${}", "${NO}", "${PATH}", "${A:-b}", "host=", "host=h user=u dbname=d",
          "host=h host=h", "=", "port=x", "postgresql://", "postgresql://127.0.0.1:1/x", "postgres://u:p@h,h:1,2/d?sslmode=no", "http://h",
          "http://127.0.0.1:1=200", "127.0.0.1:1", "[::1]:1", "127.0.0.1:99999", "20240101000000", "0001", "V1", "x" * 5000, "ä€😀"]
VARIABLES = ["DATABASE_URL", "DATABASE_URL_FILE", "MIGRATE_DATABASE_URL", "PGHOST", "PGPORT", "PGUSER", "PGOPTIONS", "PGSSLMODE", "PGSERVICE",
             "PG_ENTRYPOINT_NO_SUCH", "PG_ENTRYPOINT_PORT", "SSL_CERT_FILE", "TZ", "LANG", "HOSTNAME"]
# What fits; everything else is mostly refused.
FITTING = {"timeout|grace|delay": ["0", "1ms", "3", "2s", "1h"], "signal$": ["TERM=QUIT", "HUP=drop", "TERM", "KILL", "10", "RTMIN+3"],
           "retries|code": ["0", "1", "143", "7:9"], "cache|options$": ["on", "off"], "migrate$": ["auto", "off", "wait", "check"],
           "format|detail": ["json", "text", "full", "safe"], "file|dir|chown": [".", "migrations", "/dev/null", "FOO_*"],
           "-for$": ["app", "app *", "other,ap?"], "database$": ["host=${A:-127.0.0.1} port=1 user=u", "${DATABASE_URL}"]}
APPLICATION = 42
# A code of the list in docs, 1 of the health check; never 70, which is our own fault.
CODES = {0, 1, 3, 64, 65, 66, 69, 75, 77, 78, 126, 127, APPLICATION}


def flags_of(help_text):
    """{flag: it takes a value}"""
    found = re.findall(r"(--[a-z][a-z-]+)( (?:[A-Z\[]|[a-z]+\|))?", help_text)
    return {flag: any(value for other, value in found if other == flag) for flag, _ in found}


class Maker:
    def __init__(self, flags, rng):
        self.flags, self.rng = flags, rng

    def value(self):
        value = self.rng.choice(VALUES).encode()
        for _ in range(self.rng.choice([0, 0, 0, 0, 1, 3])):
            at = self.rng.randint(0, len(value))
            byte = bytes([self.rng.randint(1, 255)])
            value = value[:at] + self.rng.choice([byte, b"", byte * 3]) + value[at + self.rng.randint(0, 2):]
        return value

    def fitting(self, flag):
        values = [value for pattern, some in FITTING.items() if re.search(pattern, flag) for value in some]
        return self.rng.choice(values).encode() if values and self.rng.random() < 0.6 else self.value()

    def option(self):
        flag = self.rng.choice(list(self.flags))
        takes_value, mistake = self.flags[flag], self.rng.random() < 0.05
        if takes_value == mistake:
            return [flag.encode()]
        value = self.fitting(flag)
        return [flag.encode() + b"=" + value] if self.rng.random() < 0.5 else [flag.encode(), value]

    def words(self):
        """Half of them as a plain init, which runs at once."""
        words = [b"--no-database"] if self.rng.random() < 0.5 else []
        for _ in range(self.rng.choice([0, 0, 1, 1, 1, 2, 4])):
            words += self.option() if self.rng.random() < 0.95 else [self.value()]
        if words[:1] != [b"--no-database"] and self.rng.random() < 0.6:
            words.insert(self.rng.randint(0, len(words)), self.rng.choice(COMMANDS).encode())
        elif self.rng.random() < 0.9:
            words += self.rng.choice([[b"--"], []]) + [b"app"] + [self.value() for _ in range(self.rng.choice([0, 0, 2]))]
        return words

    def environment(self):
        names = {f"PG_ENTRYPOINT_{flag[2:].upper().replace('-', '_')}": flag for flag in self.flags} | {name: "" for name in VARIABLES}
        chosen = self.rng.sample(sorted(names), self.rng.choice([0, 0, 1, 1, 2, 4]))
        usual = {b"PG_ENTRYPOINT_WAIT_TIMEOUT": b"50ms", b"DATABASE_URL": b"postgresql://u:p@127.0.0.1:1/d"}
        return usual | {name.encode(): self.fitting(names[name]) for name in chosen}


def run(binary, words, environment, folder):
    """Without a network, and as nobody: what the words say can be done to nothing else. The code, "hangs", or 143 where it
    waits for a server until it is stopped; and both outputs."""
    process = subprocess.Popen(["/usr/bin/unshare", "--net", "--setgid", "65534", "--setuid", "65534", binary, *words], env=environment,
                               cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               start_new_session=True)
    code = None
    for patience, number in ((PATIENCE / 20, signal.SIGTERM), (PATIENCE / 4, signal.SIGKILL), (PATIENCE, signal.SIGKILL)):
        try:
            out, err = process.communicate(timeout=patience)
            return code or process.returncode, out, err
        except subprocess.TimeoutExpired:
            code = "hangs" if number == signal.SIGKILL else None
            os.killpg(process.pid, number) if code else process.send_signal(number)
    raise AssertionError("a killed process has not ended")


def what_is_wrong(code, out, err):
    """None for an error of the caller's that is told, and for a run."""
    if b"Sanitizer" in err or b"internal error" in err:
        return "a fault of ours"
    if code not in CODES and not (code == 143 and b"SIGTERM" in err):
        return f"status {code}"
    if code not in (0, APPLICATION) and not (out + err).strip():
        return f"status {code} without a word"
    return "the application ran in spite of an error" if code in (64, 66, 78) and b"the application" in out else None
