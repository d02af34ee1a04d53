"""A Deployment's rolling update, the Service in front of its pods, and the load on it."""

import http.client
import itertools
import json
import random
import socket
import threading
import time
from collections import Counter

from background import Background
from kubelet import Pod

# How long a Service goes on sending requests to a pod that is terminating: the endpoints have to reach every node.
PROPAGATION = 1.0


class Service:
    """Connections go to the ready pods in turn. What has changed is known only after a while, as on a node."""

    def __init__(self, port=8000):
        self.pod_port, self.known, self.pods = port, [], []
        self.turn = itertools.count()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.port = self.listener.getsockname()[1]
        self.closed = False
        for job in (self._accept, self._learn):
            threading.Thread(target=job, daemon=True).start()

    def _learn(self):
        while not self.closed:
            ready = [pod.address for pod in list(self.pods) if pod.ready]
            threading.Timer(PROPAGATION, self._tell, (ready,)).start()
            time.sleep(0.1)

    def _tell(self, ready):
        self.known = ready

    def _accept(self):
        while not self.closed:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        known = self.known
        try:
            server = socket.create_connection((known[next(self.turn) % len(known)], self.pod_port), 5)
        except (OSError, ZeroDivisionError):
            client.close()
            return
        ways = [threading.Thread(target=self._pump, args=way, daemon=True) for way in ((client, server), (server, client))]
        for way in ways:
            way.start()
        for way in ways:
            way.join()
        client.close()
        server.close()

    @staticmethod
    def _pump(source, sink):
        try:
            while piece := source.recv(65536):
                sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.closed = True
        self.listener.close()


class Load(Background):
    """Members who file applications and vote. Each request has a connection of its own, and none is tried again."""

    def __init__(self, port, clients=4):
        self.port, self.ended = port, threading.Event()
        self.count, self.answers, self.failures = 0, Counter(), []
        self.threads = [threading.Thread(target=self._run, args=(random.Random(number),), daemon=True) for number in range(clients)]

    def _request(self, method, path, body=None):
        self.count += 1
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            connection.request(method, path, body and json.dumps(body), {"Content-Type": "application/json", "Connection": "close"})
            answer = connection.getresponse()
            text = answer.read()
            connection.close()
        except (OSError, http.client.HTTPException) as error:
            self.failures.append((time.monotonic(), f"{method} {path}: {error!r}"))
            return None
        self.answers[answer.status] += 1
        if answer.status >= 300:
            self.failures.append((time.monotonic(), f"{method} {path}: {answer.status} {text[:200]!r}"))
            return None
        return json.loads(text)

    def _run(self, dice):
        while not self.ended.is_set():
            filed = self._request("POST", "/applications", {
                "first_name": "Ada", "last_name": "Lovelace", "applicant_email": "ada@example.org", "department": "Maths",
                "project_title": "Engine", "project_description": "…", "costs": 12.5})
            for vote in (filed or {}).get("votes", []):
                self._request("POST", f"/votes/{vote['token']}", {"vote": dice.choice(["approve", "reject", "abstain"])})
                self.ended.wait(dice.uniform(0.01, 0.05))


class Deployment:
    def __init__(self, volumes, network):
        self.volumes, self.network, self.pods, self.made = volumes, network, [], 0
        self.service = Service()
        self.service.pods = self.pods

    def _create(self, workload, release):
        self.made += 1
        self.pods.append(Pod(f"{release.name}-{self.made}", workload, release, self.volumes, self.network))

    def roll_out(self, workload, release, timeout=180):
        """As the Deployment's controller: never fewer pods that are available than maxUnavailable allows, never more in all than
        maxSurge allows. Fails with the log of a pod that has not come up."""
        deadline = time.monotonic() + min(timeout, workload.deadline)
        while True:
            here = [pod for pod in self.pods if not pod.terminating]
            for pod in here:
                assert pod.failure is None, pod.failure
            new = [pod for pod in here if pod.release is release and pod.workload is workload]
            old = [pod for pod in here if pod not in new]
            available = [pod for pod in here if pod.ready]
            if not old and len(new) == workload.replicas and all(pod.ready for pod in new):
                return
            spare = workload.replicas + (workload.surge if old else 0) - len(here)
            for _ in range(min(spare, workload.replicas - len(new))):
                self._create(workload, release)
            if old and len(available) > workload.replicas - workload.unavailable:
                old[0].delete()
            elif old and not old[0].ready and len(new) == workload.replicas and all(pod.ready for pod in new):
                old[0].delete()
            assert time.monotonic() < deadline, "the rollout makes no progress:\n" + "\n".join(pod.output()[-2000:] for pod in here)
            time.sleep(0.05)

    def ended(self):
        """Pods that were told to stop, when all of them have ended."""
        told = [pod for pod in self.pods if pod.terminating]
        return told if all(pod.gone for pod in told) else None

    def close(self):
        self.service.close()
        for pod in self.pods:
            pod.kill()
