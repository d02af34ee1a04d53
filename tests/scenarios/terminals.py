"""A terminal, as a person has it: a session of its own, keys, and what appears on the screen."""

import fcntl
import os
import signal
import termios
import time

CTRL_C, CTRL_Z, CTRL_D = "\x03", "\x1a", "\x04"


class Terminal:
    def __init__(self, argv, environment, cwd):
        self.master, slave = os.openpty()
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            for descriptor in (0, 1, 2):
                os.dup2(slave, descriptor)
            os.closerange(3, 100)
            os.chdir(cwd)
            for number in (signal.SIGINT, signal.SIGPIPE):
                signal.signal(number, signal.SIG_DFL)
            os.execvpe(argv[0], argv, environment)
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
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.close(self.master)
        os.waitpid(self.pid, 0)
