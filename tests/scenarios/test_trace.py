"""TRACEPARENT: the trace that started us is in each line of the log, and goes on to what we start."""

import json

import pytest

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"
GIVEN = {"TRACEPARENT": PARENT, "TRACESTATE": "vendor=a:1,other=%20"}
ONE = {"0001_one.sql": "create table one (id integer);"}
BAD = ONE | {"0002_bad.sql": "select nope;"}
SHOW = ["--", "sh", "-c", 'echo "$TRACEPARENT $TRACESTATE"']
WARNING = "TRACEPARENT is not a W3C trace context: the log has no trace_id"


@pytest.mark.parametrize("files, code", [(ONE, 0), (BAD, 76)], ids=["served", "failed"])
def test_each_line_has_its_id(entrypoint, files, code):
    text = entrypoint("--debug", *SHOW, migrations=files, env=GIVEN)
    assert text.code == code and len(text.err.splitlines()) > 4
    assert all(line.endswith(f" trace_id={TRACE}") for line in text.err.splitlines())
    json_log = entrypoint("--debug", "--log-format=json", *SHOW, env=GIVEN)
    assert json_log.code == code and all(event["trace_id"] == TRACE for event in json_log.events())


def test_without_one_no_line_has_it(entrypoint):
    for given in ({}, {"TRACEPARENT": ""}):
        run = entrypoint("--debug", *SHOW, migrations=ONE, env=given)
        assert run.code == 0 and "trace_id" not in run.err and "TRACEPARENT" not in run.err


def test_an_error_of_the_command_line_has_it_too(entrypoint):
    assert entrypoint("--no-such", *SHOW, env=GIVEN).err.endswith(f" trace_id={TRACE}\n")
    run = entrypoint("--log-format=json", "--no-such", *SHOW, env=GIVEN)
    assert json.loads(run.err)["trace_id"] == TRACE and json.loads(run.err)["exit"] == 64


def test_a_line_that_has_to_be_cut_keeps_it(entrypoint):
    run = entrypoint("--migrator", f"sh -c 'echo {'x' * 6000}; exit 3'", *SHOW, env=GIVEN)
    assert run.code == 76 and all(line.endswith(f" trace_id={TRACE}") for line in run.err.splitlines())
    assert max(map(len, run.err.splitlines())) < 4096


@pytest.mark.parametrize("exec_", [[], ["--exec"]], ids=["supervised", "exec"])
def test_the_application_gets_it_unchanged(entrypoint, exec_):
    run = entrypoint(*exec_, *SHOW, migrations=ONE, env=GIVEN)
    assert run.out == f"{PARENT} {GIVEN['TRACESTATE']}\n"


def test_the_migrator_gets_it_unchanged(entrypoint):
    run = entrypoint("--migrator", "sh -c 'echo \"$TRACEPARENT $TRACESTATE\"'", *SHOW, env=GIVEN)
    assert f"sh: {PARENT} {GIVEN['TRACESTATE']} trace_id={TRACE}\n" in run.err
    assert run.out == f"{PARENT} {GIVEN['TRACESTATE']}\n"


@pytest.mark.parametrize("given", ["no trace", PARENT.upper(), PARENT[:-1], PARENT + "-00", f"00-{'0' * 32}-b7ad6b7169203331-01",
                                   f"ff-{TRACE}-b7ad6b7169203331-01", f"{PARENT}\nforged"])
def test_one_that_is_not_valid_is_not_used_and_that_is_said_once(entrypoint, given):
    run = entrypoint("--debug", *SHOW, migrations=ONE, env={"TRACEPARENT": given})
    assert run.code == 0 and run.out == f"{given} \n", "the application gets it all the same"
    assert "trace_id=" not in run.err and run.err.count(WARNING) == 1 and "forged" not in run.err


def test_a_probe_does_not_say_it_each_time(entrypoint):
    run = entrypoint("healthcheck", env={"TRACEPARENT": "no trace"})
    assert run.err == ""
