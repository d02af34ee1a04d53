"""A TCP proxy that adds a delay each way and counts round trips: how often a connection's client has sent something
after the server had answered."""

import asyncio
import threading
from types import SimpleNamespace


class DelayProxy:
    """`round_trips`: of all connections since the last `reset`."""

    def __init__(self, target, seconds):
        self.target, self.seconds, self.round_trips = target, seconds, 0
        self.loop, ready = asyncio.new_event_loop(), threading.Event()
        threading.Thread(target=self._serve, args=(ready,), daemon=True).start()
        ready.wait()

    def reset(self):
        self.round_trips = 0

    def _serve(self, ready):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self.loop.run_forever()

    async def _accept(self, reader, writer):
        server_reader, server_writer = await asyncio.open_connection(*self.target)
        link = SimpleNamespace(answered=True)
        await asyncio.gather(self._pass(reader, server_writer, lambda: self._sent(link)),
                             self._pass(server_reader, writer, lambda: setattr(link, "answered", True)))

    def _sent(self, link):
        self.round_trips += link.answered
        link.answered = False

    async def _pass(self, reader, writer, passed):
        while piece := await reader.read(65536):
            passed()
            self.loop.call_later(self.seconds, writer.write, piece)
        self.loop.call_later(self.seconds, writer.close)
