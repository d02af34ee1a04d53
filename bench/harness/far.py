"""A server that is 20 ms away, each way, and how often somebody went there."""

from harness import world

SECONDS = 0.02


class Far:
    """`port` leads to the server. `trips`: {candidate: round trips of its last run, those of the login included}."""

    def __init__(self):
        from delay_proxy import DelayProxy
        self.proxy, self.trips = DelayProxy(world.server(), SECONDS), {}
        self.port = self.proxy.port

    def counted(self, candidates):
        """The same, each of which notes its round trips."""
        return {name: self._counted(name, call) for name, call in candidates.items()}

    def _counted(self, name, call):
        def counting():
            self.proxy.reset()
            figure = call()
            self.trips[name] = self.proxy.round_trips
            return figure
        return counting

    def fact(self):
        return "Round trips, the login's included: " + ", ".join(f"{name} {number}" for name, number in self.trips.items()) + "."
