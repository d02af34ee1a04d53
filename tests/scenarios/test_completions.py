"""The completions, in the shells that they are for: what a tab on a terminal makes of a line."""

import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import termios
import time

import pytest

from conftest import ROOT

MADE = sorted(ROOT.glob("build/*/completions"), key=lambda path: path.stat().st_mtime)
SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], ["PS1='> '", "source {}/pg-entrypoint.bash"]),
    "zsh": (["zsh", "-f", "-i"], ["PS1='> '; fpath=({} $fpath); autoload -U compinit; compinit -D -u; zstyle ':completion:*' menu no"]),
    "fish": (["fish", "--no-config", "--interactive"], ["function fish_prompt; echo '> '; end; source {}/pg-entrypoint.fish"]),
}
ESCAPES = re.compile(r"\x1b(\[[0-9;?>=<]*[A-Za-z]|\][^\x07\x1b]*(\x07|\x1b\\)|[()][A-Z0-9]|P[^\x1b]*\x1b\\|[=>78])")


def plain(output):
    return ESCAPES.sub("", output.decode(errors="replace")).replace("\a", "")


def words(text):
    return set(re.findall(r"--[a-z-]+|\b[a-z_]{4,}\b", text))


class Terminal:
    """A shell on a pseudo-terminal, with the completions loaded; `offered` gives what appears after the keys."""

    def __init__(self, shell, completions, home):
        command, setup = SHELLS[shell]
        self.main, side = pty.openpty()
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        environment = {"PATH": os.environ["PATH"], "HOME": str(home), "TERM": "xterm"}
        # fish wants the terminal to control its session.
        self.process = subprocess.Popen(command, stdin=side, stdout=side, stderr=side, cwd=home, env=environment,
                                        start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(side)
        for line in setup:
            os.write(self.main, (line.format(completions) + "\r").encode())
        self.empty_line()

    def read(self, expected, seconds=20):
        """What appears until all expected words are there, or nothing more comes within that time."""
        seen = b""
        deadline = time.monotonic() + seconds
        while not expected <= words(plain(seen)) and (left := deadline - time.monotonic()) > 0:
            if select.select([self.main], [], [], left)[0]:
                part = os.read(self.main, 65536)
                if b"\x1b[c" in part or b"\x1b[0c" in part:  # fish asks what kind of terminal this is
                    os.write(self.main, b"\x1b[?62;c")
                seen += part
        return words(plain(seen))

    def offered(self, keys, *expected, seconds=20):
        """The words on an otherwise empty line after these keys."""
        os.write(self.main, keys.encode())
        found = self.read(set(expected), seconds)
        self.empty_line()
        return found

    def empty_line(self):
        """Deletes what was typed, and waits until the shell has answered something else."""
        os.write(self.main, b"\x15printf 'rea%s' dy\r")
        assert "ready" in self.read({"ready"})

    def close(self):
        os.close(self.main)
        self.process.kill()
        self.process.wait()


@pytest.fixture(params=SHELLS)
def terminal(request, tmp_path):
    if not MADE:
        pytest.skip("the completions are not built: cmake --build --preset dev --target completions")
    if not shutil.which(request.param):
        pytest.skip(f"there is no {request.param} here")
    (tmp_path / "migrations_folder").mkdir()
    made = Terminal(request.param, MADE[-1], tmp_path)
    yield made
    made.close()


def test_a_tab_completes_commands_options_and_values(terminal):
    assert "migrate" in terminal.offered("pg-entrypoint mi\t", "migrate")
    four = {"--lock-timeout", "--lock-retries", "--login-grace", "--log-format"}
    offered = terminal.offered("pg-entrypoint --lo\t\t", *four)
    assert four <= offered and not {"--migrate", "--wait-timeout", "--quiet"} & offered
    assert "finish" in terminal.offered("pg-entrypoint --on-stop fi\t", "finish")
    assert "migrations_folder" in terminal.offered("pg-entrypoint --dir migrations_f\t", "migrations_folder")
    assert "healthcheck" in terminal.offered("pg-entrypoint --quiet --wait-timeout 5s heal\t", "healthcheck")


def test_an_option_of_one_command_is_offered_there_only(terminal):
    assert "--json" in terminal.offered("pg-entrypoint status --js\t", "--json")
    assert "--json" not in terminal.offered("pg-entrypoint check --js\t\t", "--json", seconds=1)


def test_without_the_completions_nothing_is_completed(tmp_path):
    """The twin."""
    (tmp_path / "pg-entrypoint.bash").write_text("")
    bare = Terminal("bash", tmp_path, tmp_path)
    try:
        assert "migrate" not in bare.offered("pg-entrypoint mi\t\t", "migrate", seconds=1)
    finally:
        bare.close()


def test_shellcheck_finds_no_fault_with_the_script_for_bash():
    if not MADE:
        pytest.skip("the completions are not built")
    done = subprocess.run(["shellcheck", "--shell=bash", str(MADE[-1] / "pg-entrypoint.bash")], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stdout
