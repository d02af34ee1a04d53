"""A network of a test's own, in which packets vanish: real black holes, and nobody else falls in."""

import os
import socket
import struct
import subprocess
import threading


class PrivateNetwork:
    """A network namespace with nothing but a loopback. `prefix` runs a command in it."""

    def __enter__(self):
        loopback = "ip link set lo up && echo up && exec sleep infinity"
        self.holder = subprocess.Popen(["unshare", "--net", "sh", "-c", loopback], stdout=subprocess.PIPE,
                                       stdin=subprocess.DEVNULL)
        assert self.holder.stdout.readline() == b"up\n"
        self.path = f"/proc/{self.holder.pid}/ns/net"
        self.prefix = ["nsenter", f"--net={self.path}", "--"]
        return self

    def __exit__(self, *_):
        self.holder.kill()
        self.holder.wait(5)
        self.holder.stdout.close()

    def socket(self, make):
        """A socket made in this network; it stays there, while its user need not."""
        made = []

        def enter():
            descriptor = os.open(self.path, os.O_RDONLY)
            os.setns(descriptor, os.CLONE_NEWNET)  # this thread only
            os.close(descriptor)
            made.append(make())

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join(5)
        return made[0]

    def listener(self, address="127.0.0.1"):
        return self.socket(lambda: socket.create_server((address, 0)))

    def drop(self, protocol, port):
        """From now on what is sent to or from this port vanishes on its way."""
        for side in ("--dport", "--sport"):
            self._filter("-I", "INPUT", "-p", protocol, side, str(port), "-j", "DROP")

    def drop_address(self, address):
        """The same for what is sent to or from this address."""
        for side in ("-d", "-s"):
            self._filter("-I", "INPUT", side, address, "-j", "DROP")

    def isolate(self):
        """From now on everything vanishes that comes from another host, or goes there."""
        self._filter("-I", "INPUT", "!", "-i", "lo", "-j", "DROP")
        self._filter("-I", "OUTPUT", "!", "-o", "lo", "-j", "DROP")

    def restore(self):
        for chain in ("INPUT", "OUTPUT"):
            self._filter("-F", chain)

    def _filter(self, *arguments):
        subprocess.run([*self.prefix, "iptables", "-w", "5", *arguments], check=True, timeout=10)


class NameServer:
    """Says 127.0.0.1 to every question for an address, until it is told to be silent."""

    ADDRESS = "127.0.0.53"

    def __init__(self, network):
        self.asked, self.silent, self.closed = 0, False, False
        self.socket = network.socket(self._socket)
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    @classmethod
    def _socket(cls):
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind((cls.ADDRESS, 53))
        made.settimeout(0.1)
        return made

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closed = True
        self.thread.join(2)
        self.socket.close()

    def _serve(self):
        while not self.closed:
            try:
                question, client = self.socket.recvfrom(512)
            except TimeoutError:
                continue
            self.asked += 1
            if self.silent:
                continue
            end = question.index(b"\0", 12) + 5
            (kind,) = struct.unpack("!H", question[end - 4:end - 2])
            found = kind == 1  # A; to AAAA the answer is empty
            record = b"\xc0\x0c" + struct.pack("!HHIH4s", 1, 1, 0, 4, bytes([127, 0, 0, 1])) if found else b""
            answer = question[:2] + struct.pack("!HHHHH", 0x8180, 1, int(found), 0, 0) + question[12:end] + record
            self.socket.sendto(answer, client)
