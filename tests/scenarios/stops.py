"""What the tests of stops share."""

import signal

from runner import until

STOPS = [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP]


def assert_stopped(done, number=signal.SIGTERM):
    assert done.code == 128 + number, done.err
    assert done.seconds_after_signal < 1
    assert "started" not in done.out


class OneForEach:
    """A run for each stop signal, side by side: each has a history, and so a lock, of its own."""

    def __init__(self, start, *options, migrations, **more):
        self.runs = {}
        for number in STOPS:
            self.runs[number] = start("--allow-existing", "--history-table", f"public.{self.table(number)}", *options,
                                      "--", "echo", "started", migrations=migrations, **more)
            migrations = None  # the files are there, and others read them by now

    @staticmethod
    def table(number):
        return f"history_{int(number)}"

    def until(self, condition, what):
        """Waits for something that needs all of them alive."""

        def holds():
            for run in self.runs.values():
                assert run.process.poll() is None, f"{run.out}\n{run.err}"
            return condition()

        return until(holds, what=what)

    def stop(self):
        """Signals all, and what became of each by its signal."""
        for number, run in self.runs.items():
            run.signal(number)
        return {number: run.finish() for number, run in self.runs.items()}
