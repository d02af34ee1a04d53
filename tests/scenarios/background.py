"""Work that goes on beside what a test does."""


class Background:
    """`threads` run while the block does; they look at the event `ended`."""

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join(30)
