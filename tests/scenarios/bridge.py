"""A network of several hosts of a test's own: network namespaces on a bridge."""

import subprocess

SUBNET = "10.77.0"
GATEWAY = f"{SUBNET}.1"


def ip(*arguments):
    subprocess.run(["ip", *map(str, arguments)], check=True, timeout=10)


class Bridge:
    """Its own address, GATEWAY, is where this process itself can be reached."""

    def __enter__(self):
        ip("link", "add", "hosts", "type", "bridge")
        ip("address", "add", f"{GATEWAY}/24", "dev", "hosts")
        ip("link", "set", "hosts", "up")
        self.given = 1
        return self

    def __exit__(self, *_):
        # A host that is gone takes its link with it, but the kernel does that later.
        for number in range(2, self.given + 1):
            subprocess.run(["ip", "link", "del", f"host{number}"], stderr=subprocess.DEVNULL, check=False, timeout=10)
        ip("link", "del", "hosts")

    def join(self, pid):
        """A new address, for the network namespace of this process."""
        self.given += 1
        link, address = f"host{self.given}", f"{SUBNET}.{self.given}"
        ip("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", pid)
        ip("link", "set", link, "master", "hosts", "up")
        inside = ["nsenter", f"--target={pid}", "--net", "--", "ip"]
        for arguments in (["link", "set", "lo", "up"], ["address", "add", f"{address}/24", "dev", "eth0"], ["link", "set", "eth0", "up"]):
            subprocess.run([*inside, *arguments], check=True, timeout=10)
        return address
