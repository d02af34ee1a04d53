"""What every other test's runs have written; these run last."""

import json

from conftest import OUTPUTS, SECRETS


def test_no_run_has_printed_a_password():
    assert OUTPUTS
    told = [(run.args, secret, stream) for run in OUTPUTS for secret in SECRETS for stream in (run.out, run.err) if secret in stream]
    assert told == []


def test_no_run_has_coloured_what_was_not_a_terminal():
    assert [run.args for run in OUTPUTS if not run.terminal and "\x1b" in run.err] == []


def test_every_line_of_every_json_log_is_json():
    logs = [run.err for run in OUTPUTS if any("json" in str(arg) and "log-format" in str(arg) for arg in run.args)]
    for log in logs:
        for line in log.splitlines():
            assert isinstance(json.loads(line), dict)


def test_no_run_has_met_an_internal_error_of_ours():
    assert [run.args for run in OUTPUTS if "internal error" in run.err or "terminate called" in run.err] == []
