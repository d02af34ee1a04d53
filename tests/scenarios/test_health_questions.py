"""healthcheck --live, --ready, --tcp and --http, asked by any user, beside other containers' processes."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest
import yaml

from conftest import BINARY, ROOT
from runner import until
from servers import free_port

ONE = {"0001_one.sql": "create table one (id integer);"}
OFF = ["--migrate", "off"]


def ask(run, *questions, user=None):
    """As an engine asks: another process in the container's namespaces."""
    identity = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if user else []
    done = subprocess.run(["nsenter", "--target", str(run.pid), "--pid", "--mount", *identity, BINARY, "healthcheck",
                           *questions], timeout=20, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.strip()


@pytest.fixture
def web(start):
    """Starts a web server as the application; it answers /ok with 200, /gone with 404."""
    def run(**options):
        port = free_port()
        program = ("import http.server\nclass H(http.server.BaseHTTPRequestHandler):\n"
                   " def do_GET(self): self.send_response(200 if self.path == '/ok' else 404); self.end_headers()\n"
                   f"s = http.server.HTTPServer(('127.0.0.1', {port}), H)\nprint('listening', flush=True)\ns.serve_forever()")
        running = start(*OFF, *options.pop("options", []), "--", sys.executable, "-c", program, init=True, **options)
        return running.wait_for("listening"), port
    return run


@pytest.mark.parametrize("user", [None, 1234], ids=["root", "another user"])
def test_live_is_0_from_the_beginning_and_ready_only_while_serving(start, database, user):
    holder = database.hold_lock()
    run = start("--", "sh", "-c", "echo up; exec sleep 30", migrations=ONE, init=True).wait_for("waiting for the advisory lock")
    assert ask(run, user=user) == (1, "locking")
    assert ask(run, "--live", user=user) == (0, "locking")
    assert ask(run, "--ready", user=user) == (1, "locking")
    holder.close()
    run.wait_for("up")
    for questions in ([], ["--live"], ["--ready"]):
        assert until(lambda: ask(run, *questions, user=user) == (0, "serving"), 2)


def test_ready_asks_the_application_itself(web):
    run, port = web()
    for question, code, word in [(["--tcp", f"127.0.0.1:{port}"], 0, "serving"), (["--tcp", f"localhost:{port}"], 0, "serving"),
                                 (["--http", f"http://127.0.0.1:{port}/ok"], 0, "serving"),
                                 (["--ready", "--http", f"http://127.0.0.1:{port}/gone"], 1, "status 404"),
                                 (["--http", f"http://127.0.0.1:{port}/gone=404"], 0, "serving"),
                                 (["--http", f"http://127.0.0.1:{port}/ok=204"], 1, "status 200"),
                                 (["--tcp", f"127.0.0.1:{free_port()}"], 1, "Connection refused")]:
        answer = ask(run, *question)
        assert answer[0] == code and word in answer[1], (question, answer)


def question_of(compose):
    """What the application of a compose file is asked, as words for healthcheck, and the start period."""
    check = yaml.safe_load(compose)["services"]["app"]["healthcheck"]
    assert check["test"][:3] == ["CMD", "pg-entrypoint", "healthcheck"]
    return check["test"][3:], check["start_period"]


def test_the_question_of_the_compose_file(start, database):
    compose = re.search(r"```yaml\n(services:.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)[1]
    words, start_period = question_of(compose)
    port = free_port()
    question = [word.replace(":8000", f":{port}") for word in words]
    assert question != words and int(start_period.removesuffix("m")) > 1, "no longer than --wait-timeout"
    holder = database.hold_lock()
    run = start("--", sys.executable, "-m", "http.server", "--bind", "127.0.0.1", port, migrations=ONE, init=True)
    run.wait_for("waiting for the advisory lock")
    assert ask(run, *question) == (1, "locking")
    holder.close()
    until(lambda: ask(run, *question) == (0, "serving"), what="the server")
    # The twin: another port, where nobody answers.
    assert ask(run, *[word.replace(f":{port}", f":{free_port()}") for word in question])[0] == 1


def test_a_dead_worker_under_a_live_supervisor_is_not_ready(start):
    port = free_port()
    worker = f"{sys.executable} -m http.server --bind 127.0.0.1 {port}"
    run = start(*OFF, "--", "sh", "-c", f"{worker} >/dev/null 2>&1 & echo worker=$!; wait; sleep 60", init=True).wait_for("worker=")
    question = ["--tcp", f"127.0.0.1:{port}"]
    until(lambda: ask(run, *question) == (0, "serving"), what="the worker")
    subprocess.run(["nsenter", "--target", str(run.pid), "--pid", "--mount", "sh", "-c",
                    f"kill -9 {run.out.split('worker=')[1].split()[0]}"], check=True)
    until(lambda: ask(run, *question)[0] == 1, what="its end")
    assert ask(run) == (0, "serving")  # which asks for the first process only


def test_while_a_stop_is_held_back_it_is_live_and_not_ready(web):
    run, port = web(options=["--term-delay", "1h"])
    assert ask(run, "--ready") == (0, "serving")
    run.signal(signal.SIGTERM)
    until(lambda: ask(run, "--ready") == (1, "draining"), what="draining")
    assert ask(run, "--tcp", f"127.0.0.1:{port}") == (1, "draining")
    assert ask(run, "--live") == ask(run) == (0, "draining")


def test_the_entrypoint_of_another_container_does_not_answer(start):
    """A shared PID namespace, and mount namespaces of their own: who asks beside it is not told about it."""
    run = start(*OFF, "--", "sh", "-c", "echo up; exec sleep 30", init=True).wait_for("up")
    outside = ["nsenter", "--target", str(run.pid), "--pid", "unshare", "--mount", "sh", "-c",
               f"mount -t proc proc /proc && {BINARY} healthcheck"]
    done = subprocess.run(outside, capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout) == (1, "no pg-entrypoint is running here\n"), done.stderr
    assert ask(run) == (0, "serving")


def test_the_innermost_answers_where_one_runs_below_another(start, database):
    holder = database.hold_lock()
    inner = f"exec {BINARY} -- sh -c 'echo up; exec sleep 30'"
    run = start(*OFF, "--", "sh", "-c", f"sh -c \"{inner}\"; exit", migrations=ONE, init=True)
    run.wait_for("waiting for the advisory lock")
    assert ask(run) == (1, "locking")
    holder.close()
    run.wait_for("up")
    until(lambda: ask(run) == (0, "serving"), what="serving")


def test_a_migration_and_a_look_beside_the_application_change_nothing(start, database, migrations):
    run = start(*OFF, "--", "sh", "-c", "echo up; exec sleep 30", init=True, migrations=ONE).wait_for("up")
    holder = database.hold_lock()
    beside = ["nsenter", "--target", str(run.pid), "--pid", "--mount", BINARY, "migrate",
              "--dir", str(migrations(ONE))]
    migrating = subprocess.Popen(beside, env={"DATABASE_URL": database.url},
                                 stderr=subprocess.PIPE, text=True)
    until(lambda: database.backends() > 0, what="the migration")
    time.sleep(0.2)
    assert ask(run) == (0, "serving")
    holder.close()
    assert migrating.wait(20) == 0


@pytest.mark.parametrize("question", [["--tcp", "8000"], ["--http", "https://h/"], ["--live", "--ready"], ["--alive"]], ids=str)
def test_a_question_that_means_nothing_is_64(start, question):
    run = start(*OFF, "--", "sh", "-c", "echo up; exec sleep 30", init=True).wait_for("up")
    until(lambda: ask(run) == (0, "serving"))
    assert ask(run, *question)[0] == 64


def test_it_is_quick(start):
    run = start(*OFF, "--", "sh", "-c", "echo up; exec sleep 30").wait_for("up")
    took = []
    for _ in range(10):
        began = time.monotonic()
        subprocess.run([BINARY, "healthcheck"], capture_output=True, check=False, env=dict(os.environ))
        took.append(time.monotonic() - began)
    print(f"healthcheck: {min(took) * 1000:.1f} ms at best, {sorted(took)[5] * 1000:.1f} ms in the middle")
    assert run.process.poll() is None and min(took) < 0.05
