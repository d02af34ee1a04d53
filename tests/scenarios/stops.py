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

        try:
            return until(holds, what=what)
        except AssertionError as error:
            raise AssertionError("\n".join([str(error), *(run.err for run in self.runs.values())])) from None

    def signal(self):
        for number, run in self.runs.items():
            run.signal(number)
        return self

    def finish(self):
        """What became of each, by its signal."""
        return {number: run.finish() for number, run in self.runs.items()}

    def stop(self):
        return self.signal().finish()
