"""What Kubernetes does with the Job of deploy/ when its pod ends: real exit codes, judged by the manifest's own policy."""

import signal

import pytest

from conftest import ROOT
from runner import until
from servers import free_port

yaml = pytest.importorskip("yaml", reason="there is no yaml here")

JOB = yaml.safe_load((ROOT / "deploy/kubernetes/bases/migration/job.yaml").read_text())
QUICK = {"PG_ENTRYPOINT_WAIT_TIMEOUT": "1s", "PG_ENTRYPOINT_LOGIN_GRACE": "100ms"}
GOOD = {"0001_good.sql": "create table good (id integer);"}


def fits(rule, code, disrupted):
    if "onPodConditions" in rule:
        return disrupted and {"type": "DisruptionTarget"} in rule["onPodConditions"]
    codes = rule["onExitCodes"]
    assert codes["operator"] == "In" and codes["containerName"] == "migrate"
    return code in codes["values"]


def action(code, disrupted=False, job=JOB):
    """As the Job's controller decides: the first rule that fits, else the failure counts and a new pod is made."""
    if code == 0:
        return "Complete"
    rules = job["spec"]["podFailurePolicy"]["rules"]
    return next((rule["action"] for rule in rules if fits(rule, code, disrupted)), "Count")


def test_a_drained_pod_is_replaced_without_being_counted_and_the_next_one_finishes(start, entrypoint, database):
    run = start("migrate", migrations=GOOD | {"0002_slow.sql": "select pg_sleep(60);"})
    until(lambda: database.running("pg_sleep"), what="the long statement")
    code = run.signal(signal.SIGTERM).finish().code
    assert (code, action(code, disrupted=True), action(code)) == (143, "Ignore", "Count")
    again = entrypoint("migrate", migrations=GOOD | {"0002_slow.sql": "select 1;"})
    assert action(again.code) == "Complete" and database.applied() == ["1", "2"]


@pytest.mark.parametrize("name, text", [
    ("0002_bad.sql", "select no_such_column;"), ("0002_bad.sql", "select ("), ("0002-bad.sql", "select 1;"),
])
def test_a_bad_migration_fails_the_job_at_once(entrypoint, name, text):
    assert action(entrypoint("migrate", migrations=GOOD | {name: text}).code) == "FailJob"


@pytest.mark.parametrize("arguments, environment", [
    (["--no-such-option"], {}),
    ([], {"DATABASE_URL": None}),
    (["--dir", "/nowhere"], {}),
    (["--migrator", "no-such-migrator"], {}),
])
def test_what_a_retry_does_not_help_fails_the_job_at_once(entrypoint, arguments, environment):
    assert action(entrypoint("migrate", *arguments, migrations=GOOD, env=environment).code) == "FailJob"


def test_a_role_that_does_not_arrive_fails_the_job_after_the_grace(entrypoint, database):
    code = entrypoint("migrate", migrations=GOOD, env=QUICK | {"DATABASE_URL": database.url_of("nobody")}).code
    assert (code, action(code)) == (77, "FailJob")


def test_no_server_and_a_held_lock_are_tried_again(entrypoint, database):
    nobody = {"DATABASE_URL": f"postgresql://owner@127.0.0.1:{free_port()}/app"}
    assert action(entrypoint("migrate", migrations=GOOD, env=QUICK | nobody).code) == "Count"
    holder = database.hold_lock()
    assert action(entrypoint("migrate", "--advisory-lock-timeout", "1s").code) == "Count"
    holder.close()
    assert action(entrypoint("migrate").code) == "Complete"


def test_with_the_rules_in_the_other_order_a_drain_could_end_the_job():
    """The twin: why disruptions come first. A pod that is killed for good while it is drained may exit with any code."""
    turned = {"spec": {"podFailurePolicy": {"rules": JOB["spec"]["podFailurePolicy"]["rules"][::-1]}}}
    assert (action(70, disrupted=True), action(70, disrupted=True, job=turned)) == ("Ignore", "FailJob")
