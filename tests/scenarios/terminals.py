"""A terminal, as a person has it: a session of its own, keys, and what appears on the screen."""

import os
import subprocess
import time

CTRL_C, CTRL_Z, CTRL_D = "\x03", "\x1a", "\x04"


class Terminal:
    def __init__(self, argv, environment, cwd):
        self.master, slave = os.openpty()
        self.process = subprocess.Popen(["setsid", "--ctty", *argv], stdin=slave, stdout=slave, stderr=slave, cwd=cwd,
                                        env=environment)
        os.close(slave)
        os.set_blocking(self.master, False)
        self.screen, self.seen = "", 0

    def read(self):
        try:
            self.screen += os.read(self.master, 65536).decode(errors="replace")
        except BlockingIOError:
            time.sleep(0.01)
        except OSError:  # nobody has it open any more
            time.sleep(0.01)

    def wait_for(self, text, timeout=10):
        """Until the text appears after what was waited for before."""
        deadline = time.monotonic() + timeout
        while (at := self.screen.find(text, self.seen)) < 0:
            assert time.monotonic() < deadline, f"no {text!r} within {timeout} s:\n{self.screen}"
            self.read()
        self.seen = at + len(text)
        return self

    def type(self, keys):
        os.write(self.master, keys.encode())
        return self

    def close(self):
        self.process.kill()
        os.close(self.master)
        self.process.wait(10)
