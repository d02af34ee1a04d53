"""A rolling update of the example application, v1 to v2 and back to v1, under load: no start fails, and no request does.

There is no cluster here. The manifests are the real ones; kubelet.py, and the Service and the controller of deployment.py, play
what reads them, with real processes, the real application and a real server. `scripts/soak rollout [N]`: N times there and back
with all replicas.

PGE_ROLLOUTS: how often; 0: a short one, with two replicas.
"""

import os
import pathlib
import shutil
import time

import psycopg
import pytest

from bridge import GATEWAY, SUBNET, Bridge
from deployment import Deployment, Load
from kubelet import Volumes, prepare_release
from runner import until
from servers import Cluster
from workload import Workload

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("PGE_BINARY", "/src/build/release/pg-entrypoint")
ROUNDS = int(os.environ.get("PGE_ROLLOUTS", "0"))
V1, V2 = ["0001_initial_schema.sql"], ["0001_initial_schema.sql", "0002_dates.sql"]

pytestmark = [pytest.mark.skipif(os.getuid() != 0, reason="network namespaces take root"),
              pytest.mark.skipif(not shutil.which("uvicorn"), reason="there is no uvicorn here"),
              pytest.mark.skipif(not shutil.which("kustomize"), reason="there is no kustomize here")]


@pytest.fixture(scope="module")
def network():
    with Bridge() as made:
        yield made


@pytest.fixture
def server(network):
    cluster = Cluster()
    with open(cluster.data / "pg_hba.conf", "a", encoding="utf-8") as file:
        file.write(f"host all all {SUBNET}.0/24 trust\n")
    # The migration locks two tables that a vote locks as well. It gives way after --lock-timeout, 5 s at most; by default
    # the server looks for deadlocks before that, and ends the one that began to wait first: often the vote.
    cluster.start(f"listen_addresses=127.0.0.1,{GATEWAY}", "deadlock_timeout=10s")
    with psycopg.connect(cluster.url, autocommit=True) as connection:
        connection.execute("create role projectvote login")
        connection.execute("create database projectvote owner projectvote")
    yield cluster
    cluster.stop()


@pytest.fixture
def deployment(network, server, tmp_path):
    for directory in (tmp_path, *tmp_path.parents[:2]):
        directory.chmod(0o755)
    secret, data = tmp_path / "database", tmp_path / "attachments"
    for directory in (secret, data):
        directory.mkdir()
        shutil.chown(directory, 10001, 10001)
    (secret / "url").write_text(f"postgresql://projectvote@{GATEWAY}:{server.port}/projectvote\n", encoding="utf-8")
    shutil.chown(secret / "url", 0, 10001)
    (secret / "url").chmod(0o440)
    volumes = Volumes(tmp_path, {"database": secret, "attachments": data})
    made = Deployment(volumes, network)
    made.releases = {name: prepare_release(tmp_path / "releases", name, ROOT, files, BINARY) for name, files in (("v1", V1), ("v2", V2))}
    yield made
    made.close()


def history(server):
    with psycopg.connect(server.url_of("postgres", "projectvote")) as connection:
        return connection.execute("select array_agg(version order by applied_order) from pgentrypoint.history where state = 'applied'").fetchone()[0]


def test_no_start_and_no_request_fails_from_v1_to_v2_and_back(deployment, server):
    workload = Workload.read("run")
    assert workload.main.pre_stop > 0 and workload.surge == 1 and workload.unavailable == 0
    if ROUNDS == 0:
        workload = workload.scaled(2)
    v1, v2 = deployment.releases["v1"], deployment.releases["v2"]
    deployment.roll_out(workload, v1)
    assert history(server) == ["1"]
    until(lambda: deployment.service.known, 10, "the Service")
    began = time.monotonic()
    with Load(deployment.service.port) as load:
        until(lambda: load.count > 20, 30, "load")
        for _ in range(max(ROUNDS, 1)):
            deployment.roll_out(workload, v2)
            assert history(server) == ["1", "2"]
            deployment.roll_out(workload, v1)
        ended = until(deployment.ended, 60, "the end of all old pods")
        time.sleep(1)
        before_twin = (load.count, list(load.failures))
        # The twin, on the same pods: without preStop the requests that still arrive are refused.
        if ROUNDS == 0:
            last = next(pod for pod in deployment.pods if pod.ready)
            last.workload = last.workload.without_pre_stop()
            last.delete()
            until(lambda: last.gone, 30, "its end")
            time.sleep(2)
    count, failures = before_twin
    print(f"{count} requests in {time.monotonic() - began:.0f} s, {len(ended)} pods stopped, {deployment.made} made; answers {dict(load.answers)}")
    errors = [line for pod in deployment.pods for line in pod.output().splitlines() if "Error" in line or "deadlock" in line]
    assert failures == [] and count > 100, "\n".join(errors[-20:])
    assert {pod.code for pod in ended} == {0}, [(pod.name, pod.code) for pod in ended]
    back = [pod for pod in deployment.pods if pod.release is v1][-1]
    assert "the database is ahead of this image" in back.output()
    if ROUNDS == 0:
        assert len(load.failures) > 0, "without preStop requests should have failed"
        print(f"without preStop: {len(load.failures)} failed requests at the stop of one pod")
