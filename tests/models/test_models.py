"""The protocols, searched completely (Promela, Spin). docs/guarantees.md says what follows from them.

    scripts/dev python3 -m pytest -q -rA tests/models        the short ones; all of them: scripts/soak models

Each model says at its head what its steps stand for, and what it leaves out. A control leaves out one rule that the code has: it
must find a counterexample, or the model would not see what the rule is for. That receipts of a migrator give no wrong answer is
searched by tests/migrator/all_sequences_test.cpp, with the code itself in place of a model.
"""

import concurrent.futures
import os
import re
import shutil

import pytest

from spin import HERE, LONG, Question, ask

FILES = [
    Question("files", "a file and its row once, no step skipped, none twice but in doubt, never two at work"),
    Question("files", "all come to an end, and the key is free", "FAULTS=0", claim="ends"),
    Question("files", "the same with a fault", claim="ends", long=True),
    Question("files", "the same with two faults", "FAULTS=2", long=True),
    Question("files", "the same with two faults", "FAULTS=2", claim="ends", long=True),
    Question("files", "the same with three replicas", "REPLICAS=3", long=True),
    Question("files", "the same with three replicas and two faults", "REPLICAS=3 FAULTS=2", long=True),
    Question("files", "the file without a transaction first", "ORDER=1", long=True),
    Question("files", "a step in doubt may run twice: on-doubt=retry does not promise more", "NEVER_TWICE", holds=False),
    Question("files", "with on-doubt=stop it never does", "NEVER_TWICE STOP_IN_DOUBT"),
    Question("files", "with on-doubt=stop it never does", "NEVER_TWICE STOP_IN_DOUBT FAULTS=2", long=True),
    *[Question("files", f"a file gives the lock away, {where}", f"GIVEAWAY={number}{faults}", long=not faults)
      for faults in (" FAULTS=0", "")
      for number, where in ((1, "in its transaction"), (2, "in a step's transaction"), (3, "in a step that runs alone"),
                            (4, "by DISCARD ALL"))],
    *[Question("files", "the same: all come to an end", f"GIVEAWAY={number}", claim="ends", long=True) for number in (1, 2, 3, 4)],
    Question("files", "control: what was read before the lock is carried out", "NO_SECOND_LOOK FAULTS=0", holds=False),
    Question("files", "control: the note names no session", "NO_OWNER GIVEAWAY=3 FAULTS=0", holds=False),
    Question("files", "control: the pin is tried once before a step is recorded", "ONE_TRY GIVEAWAY=3 FAULTS=0", holds=False),
    Question("files", "control: no transaction-level lock", "NO_PIN GIVEAWAY=1 FAULTS=0", holds=False),
    Question("files", "and then the primary key still keeps the file from running twice", "NO_PIN FENCED GIVEAWAY=1 FAULTS=0 SPARE=1"),
]

WAITERS = [
    Question("waiters", "applied once, nobody starts early, no deadlock"),
    Question("waiters", "no wake-up is lost: all start, the lock is free", claim="leave"),
    Question("waiters", "with four replicas, two crashes, two tries", "REPLICAS=4 CRASHES=2 TRIES=2", long=True),
    Question("waiters", "with four replicas, two crashes, two tries", "REPLICAS=4 CRASHES=2 TRIES=2", claim="leave", long=True),
    Question("waiters", "applications that take their pool", "POOL=1 CONNECTIONS=4", claim="leave"),
    Question("waiters", "the winner's migrator is not shut out of its connection", "MIGRATOR CONNECTIONS=3 CRASHES=0", claim="room"),
    Question("waiters", "control: waiters that keep their sessions shut it out for ever", "MIGRATOR HOLD CONNECTIONS=3 CRASHES=0",
             claim="room", holds=False),
    Question("waiters", "control: a migrator that is not run again fails", "MIGRATOR MIGRATOR_ONCE CONNECTIONS=3 CRASHES=0", holds=False),
    Question("waiters", "control: coming back counts as a lost connection", "COUNTED CRASHES=0", holds=False),
    Question("waiters", "control: under the lock the history is not read again", "NO_SECOND_LOOK CONNECTIONS=3 CRASHES=0", holds=False),
]

FAILOVER = [
    *[Question("failover", f"{kind}, {fence}: row and effect agree on both servers, each once", defines)
      for kind, fence, defines in (
          ("synchronous", "fenced", "SYNC FENCE"), ("synchronous", "not fenced", "SYNC"),
          ("asynchronous", "fenced", "FENCE"), ("asynchronous", "not fenced", "CRASHES=0"))],
    Question("failover", "asynchronous, not fenced: row and effect agree on both servers, each once", long=True),
    Question("failover", "synchronous, fenced: what has started serves what survives", "SYNC FENCE", claim="served"),
    Question("failover", "synchronous, not fenced: the same", "SYNC", claim="served"),
    *[Question("failover", "all start at last", f"{defines} CRASHES={crashes}".strip(), claim="ends",
               long=crashes > 0 or defines != "SYNC FENCE")
      for crashes in (0, 1) for defines in ("SYNC FENCE", "SYNC", "FENCE", "")],
    *[Question("failover", "the same with two crashes", f"{defines} CRASHES=2".strip(), claim=claim, long=True)
      for defines in ("SYNC FENCE", "SYNC") for claim in ("served", "ends")],
    Question("failover", "asynchronous: a replica that is started after the failover applies what was lost", "HEALED"),
    Question("failover", "control: asynchronous replication loses what was served", "FENCE", claim="served", holds=False),
    Question("failover", "control: so does an operator who cancels the wait", "SYNC FENCE CANCEL", claim="served", holds=False),
    Question("failover", "control: so would ending a lost session that waits", "SYNC FENCE NOT_SPARED", claim="served", holds=False),
    Question("failover", "control: so would taking a lost answer for a COMMIT", "SYNC FENCE ASSUMED", claim="served", holds=False),
]

POOLER = [
    Question("pooler", "transaction-level locks: exclusive, each file once, nobody starts early"),
    Question("pooler", "all start, and no lock is left on a server connection", "KILLS=0", claim="ends"),
    Question("pooler", "all start, and no lock is left on a server connection", claim="ends", long=True),
    Question("pooler", "no lock is left when all have started, with a kill", claim="unlocked"),
    Question("pooler", "the same with two kills", "KILLS=2", long=True),
    Question("pooler", "the same with two kills", "KILLS=2", claim="ends", long=True),
    Question("pooler", "control: session-level locks do not exclude", "SESSION_LOCK KILLS=0", holds=False),
    Question("pooler", "control: a snapshot older than the lock", "SNAPSHOT KILLS=0", holds=False),
]

QUESTIONS = [one for one in FILES + WAITERS + FAILOVER + POOLER if LONG or not one.long]


@pytest.fixture(scope="session")
def answers():
    """All questions are asked at once, as many at a time as there are processors."""
    if not shutil.which("spin"):
        pytest.skip("there is no spin here")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        yield {one: pool.submit(ask, one) for one in QUESTIONS}


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_the_model_says(question, answers):
    answer = answers[question].result()
    print(f"{question.says}: {answer.errors} error(s), {answer.states} states, {answer.seconds:.1f} s {answer.cause}")
    if question.holds:
        assert answer.errors == 0, f"{question.says}: {answer.cause}\n{answer.trace}"
        assert answer.complete, f"{question.says}: not searched completely"
    else:
        assert answer.errors > 0, f"{question.says}: no counterexample"


STEP = re.compile(r"^ \*   (\w+) +(\S+/\S+\.[ch]pp) +(\S+)", re.MULTILINE)


@pytest.mark.parametrize("model", sorted(path.stem for path in HERE.glob("*.pml")))
def test_each_step_names_code_that_exists(model):
    text = (HERE / f"{model}.pml").read_text(encoding="utf-8")
    head, _, body = text.partition("*/")
    steps = STEP.findall(head)
    assert len(steps) >= 6
    for label, file, name in steps:
        code = (HERE.parents[1] / "entrypoint" / file).read_text(encoding="utf-8")
        assert name in code or name.rpartition("::")[2] in code, f"{model}: {label} stands for {name}, which is not in {file}"
        assert re.search(rf"\b{label}\b", body), f"{model}: no step is labelled {label}"


def test_the_guarantees_name_tests_and_rules_that_exist():
    text = (HERE.parents[1] / "docs/guarantees.md").read_text(encoding="utf-8")
    tests = re.findall(r"`([a-z_/]+\.(?:py|cpp))`", text)
    missing = [name for name in tests if not any((HERE.parent / folder / name).exists() for folder in ("", "scenarios"))]
    assert len(tests) > 10 and not missing, missing
    models = "".join(path.read_text(encoding="utf-8") for path in HERE.glob("*.pml"))
    rules = re.findall(r"`-D([A-Z_]+)`", text)
    assert len(rules) > 4 and not [rule for rule in rules if not re.search(rf"#if(?:n?def)? {rule}\b", models)]
