"""A TCP proxy in front of the server that holds, cuts or goes silent at a message of the client's.

    proxy.at("COMMIT", Link.cut)                      the server never sees it
    proxy.at("COMMIT", Link.cut, when="answered")     the server has done it, the client never hears of it
    proxy.at("COMMIT", Link.hold, when="sent")        the server does it, the answer waits for proxy.release()

It reads the protocol's framing only (no TLS): what libpq sends up to a Sync or a Flush is one request, known by its SQL.
"""

import contextlib
import queue
import socket
import struct
import threading
import time
from types import SimpleNamespace

RESET_ON_CLOSE = struct.pack("ii", 1, 0)
CANCEL_REQUEST, TLS_REQUEST, GSS_REQUEST = 80877102, 80877103, 80877104
PATIENCE = 10


class Link:
    """One client's connection and its own to the server."""

    def __init__(self, client, server):
        self.client, self.server = client, server
        self.requests, self.answers, self.answered = threading.Event(), threading.Event(), threading.Event()
        self.client_lost = False
        self.executed = self.completed = 0  # since the last Sync
        self.unread = b""
        self.within = None  # the fault that strikes within the next answer
        self.release()

    def hold(self):
        """From now on nothing gets through, in either direction; both connections stay open."""
        self.requests.clear()
        self.answers.clear()

    def release(self):
        self.requests.set()
        self.answers.set()

    def lose_client(self):
        """A reset for the client; the server does not notice, as behind a dead router."""
        self.client_lost = True
        with contextlib.suppress(OSError):
            self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            self.client.shutdown(socket.SHUT_RD)  # as long as a thread reads from it, nothing is closed
        self.client.close()

    def end_server(self):
        with contextlib.suppress(OSError):
            self.server.shutdown(socket.SHUT_WR)

    def cut(self):
        """A reset for the client; the server gets what was sent, and then the end."""
        self.lose_client()
        self.end_server()

    def end(self):
        """An orderly end for both."""
        for side in (self.client, self.server):
            with contextlib.suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)

    def fail(self, sqlstate, message):
        """The client gets this FATAL error in place of the server's answer; the connection stays open."""
        self.hold()
        self.client.sendall(error_response("FATAL", sqlstate, message))

    def heard(self, piece):
        """What the server sends; `answered` is set when it has answered all that was sent, or has failed."""
        self.unread += piece
        while len(self.unread) >= 5 and len(self.unread) > (length := struct.unpack("!I", self.unread[1:5])[0]):
            kind, self.unread = self.unread[:1], self.unread[length + 1:]
            self.completed += kind in b"CIs"
            if kind in b"ZGE" or kind in b"CIs" and 0 < self.executed <= self.completed:
                self.answered.set()
            if kind == b"Z":
                self.executed = self.completed = 0

    def messages(self):
        """The client's messages, whole."""
        while len(head := self.client.recv(5, socket.MSG_WAITALL)) == 5:
            yield head + self.client.recv(struct.unpack("!I", head[1:])[0] - 4, socket.MSG_WAITALL)


def delay(seconds):
    """A fault: all goes on, later."""

    def wait(link):
        time.sleep(seconds)
        link.release()

    return wait


def server_message(kind, body):
    """A message of the server's."""
    return kind + struct.pack("!I", len(body) + 4) + body


def authentication(method, data=b""):
    """The server's request for a login by this method (PostgreSQL manual, "Message Formats")."""
    return server_message(b"R", struct.pack("!I", method) + data)


def error_response(severity, sqlstate, text):
    fields = {"S": severity, "V": severity, "C": sqlstate, "M": text}
    body = b"".join(key.encode() + value.encode() + b"\0" for key, value in fields.items()) + b"\0"
    return server_message(b"E", body)


class FaultProxy:
    """`cancels` counts the cancel requests that came, `hits` the faults that struck, `statements` has the SQL of each
    request. refuse: new connections are reset; silent: they are accepted and nobody speaks; reject(): they get an error.
    tls_answer: the answer to a request for TLS; any other than N is followed by `after_tls`, in answer to what the client
    sends next, and by the end."""

    def __init__(self, target, listener=None):
        self.target = target
        self.listener = listener or socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.links, self.statements, self.faults, self.kept = [], [], [], []
        self.accepted = self.cancels = self.hits = 0
        self.refuse = self.silent = False
        self.tls_answer, self.after_tls = b"N", b""
        self.rejection, self.rejected, self.before_rejection = None, 0, lambda: None
        self.hit, self.counting = threading.Event(), threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)  # close() would not wake the thread that accepts
        self.listener.close()
        self.release()
        for link in self.links:
            link.end()
        for client in self.kept:
            client.close()

    def at(self, text, fault, when="before", nth=1):
        """The fault strikes once, at the nth request whose SQL contains the text; nth=None: at each.

        when: before the server has it; sent, the answer is not passed on; answered, it has come but is not passed on;
        within, a half of what comes first is passed on.
        """
        assert when in ("before", "sent", "answered", "within")
        self.faults.append(SimpleNamespace(text=text, fault=fault, when=when, nth=nth, seen=0))

    def reject(self, sqlstate, message):
        """New connections get this FATAL error in place of a login; `rejection = None` lets them through again."""
        self.rejection = error_response("FATAL", sqlstate, message)
        return self

    def impersonate(self, answer):
        """New connections get these bytes in place of a login, or what the function does with their socket."""
        self.rejection = answer
        return self

    def release(self):
        for link in list(self.links):
            link.release()

    def wait_for_hit(self):
        assert self.hit.wait(PATIENCE), f"the fault did not strike; requests: {self.statements}"

    def settle(self):
        """Until every connection that was begun before this call is counted: they are served in turn."""
        with socket.create_connection(self.listener.getsockname(), timeout=PATIENCE) as last:
            last.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionResetError):
                assert last.recv(1) == b""

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.accepted += 1
            with contextlib.suppress(OSError):
                self._open(client)

    def _open(self, client):
        if self.silent:
            self.kept.append(client)
            return
        client.settimeout(2)
        start_up = b"" if self.refuse else self._start_up(client)
        if not start_up and self.tls_answer != b"N":
            self.kept.append(client)  # a close would be a reset, which may overtake the answer
            return
        if not start_up:
            Link(client, client).lose_client()
            return
        if self.rejection:
            self.before_rejection()
            with client:
                if callable(self.rejection):
                    self.rejection(client)
                else:
                    client.sendall(self.rejection)
            self.rejected += 1
            return
        client.settimeout(None)
        link = Link(client, socket.create_connection(self.target))
        link.server.sendall(start_up)
        self.links.append(link)
        for direction in (self._pass_requests, self._pass_answers):
            threading.Thread(target=direction, args=(link,), daemon=True).start()

    def _start_up(self, client):
        """The start-up packet or the cancel request; encryption is declined."""
        while len(head := client.recv(8, socket.MSG_WAITALL)) == 8:
            length, code = struct.unpack("!II", head)
            if code not in (TLS_REQUEST, GSS_REQUEST):
                self.cancels += code == CANCEL_REQUEST
                return head + client.recv(length - 8, socket.MSG_WAITALL)
            answer = self.tls_answer if code == TLS_REQUEST else b"N"
            client.sendall(answer)
            if answer != b"N":
                if self.after_tls:
                    client.recv(65536)
                    client.sendall(self.after_tls)
                client.shutdown(socket.SHUT_WR)
                return b""
        return b""

    def _pass_requests(self, link):
        request, sql = b"", []
        with contextlib.suppress(OSError):
            for message in link.messages():
                request += message
                kind = message[:1]
                if kind in b"PQ":
                    sql.append(message[5:].split(b"\0")[kind == b"P"].decode(errors="replace"))
                link.executed += kind == b"E"
                if kind in b"PBDEC":  # the others end a request
                    continue
                link.requests.wait()
                self._pass_one(link, request, "\n".join(sql))
                request, sql = b"", []
        if not link.client_lost:
            link.end_server()

    def _pass_one(self, link, request, sql):
        strikes = self._strikes(sql) if sql else None
        if strikes is None:
            link.server.sendall(request)
            return
        if strikes.when == "before":
            self._strike(strikes, link)
            link.requests.wait()
            link.server.sendall(request)
            return
        if strikes.when == "within":
            link.within = strikes
            link.server.sendall(request)
            return
        link.answers.clear()
        link.answered.clear()
        link.server.sendall(request)
        if strikes.when == "answered":
            link.answered.wait(PATIENCE)
        self._strike(strikes, link)

    def _strikes(self, sql):
        """The fault that strikes at this request; each counts every one that it could have struck at."""
        with self.counting:
            self.statements.append(sql)
            fitting = [fault for fault in self.faults if fault.text in sql]
            for fault in fitting:
                fault.seen += 1
            return next((fault for fault in fitting if fault.nth in (None, fault.seen)), None)

    def _strike(self, strikes, link):
        strikes.fault(link)
        with self.counting:
            self.hits += 1
        self.hit.set()

    def _pass_answers(self, link):
        """What is held is read all the same: the server may have answered a part of a pipeline only."""
        pieces = queue.SimpleQueue()
        threading.Thread(target=self._deliver, args=(link, pieces), daemon=True).start()
        with contextlib.suppress(OSError):
            while piece := link.server.recv(65536):
                link.heard(piece)
                pieces.put(piece)
        pieces.put(b"")

    def _deliver(self, link, pieces):
        while piece := pieces.get():
            link.answers.wait()
            strikes, link.within = link.within, None
            if strikes:
                with contextlib.suppress(OSError):
                    link.client.sendall(piece[:len(piece) // 2])
                self._strike(strikes, link)
                continue
            with contextlib.suppress(OSError):  # a lost client: the server shall not feel it
                link.client.sendall(piece)
        link.answers.wait()
        with contextlib.suppress(OSError):
            link.client.shutdown(socket.SHUT_RDWR)
