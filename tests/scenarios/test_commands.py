"""The commands beside run: status, check, new, down, baseline, accept, migrate --to."""

import datetime
import json
import re

import pytest

from fault_proxy import FaultProxy, Link

THREE = {f"000{number}_{name}.sql": f"create table {name} (id integer);\n-- migrate:down\ndrop table {name};\n"
         for number, name in enumerate(("one", "two", "three"), 1)}
TWO = {name: THREE[name] for name in list(THREE)[:2]}


def test_status_shows_what_is_applied_and_pending(entrypoint, database):
    assert entrypoint("migrate", "--to", "2", migrations=THREE).code == 0
    run = entrypoint("status")
    assert run.code == 0
    head, *lines, last = run.out.splitlines()
    assert head.split() == ["STATUS", "VERSION", "APPLIED", "AT", "MS", "NAME"]
    assert [(line.split()[0], line.split()[1], line.split()[-1]) for line in lines] == [
        ("applied", "1", "one"), ("applied", "2", "two"), ("pending", "3", "three")]
    assert re.search(r" 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ ", lines[0]) and last.startswith("lock key: ")


def test_status_as_json(entrypoint, database):
    entrypoint("migrate", "--to", "2", migrations=THREE)
    entrypoint("migrate", migrations=TWO | {"0002_two.sql": "select 2;"})
    document = json.loads(entrypoint("status", "--json", migrations=TWO | {"0002_two.sql": "select 2;", "0009_new.sql": "select 9;"}).out)
    assert [(entry["version"], entry["name"], entry["status"]) for entry in document["migrations"]] == [
        ("1", "one", "applied"), ("2", "two", "drifted"), ("9", "new", "pending")]
    assert document["pending"] == 1 and document["applied"] == 1
    assert document["migrations"][0]["applied_by"] == "owner"


def test_status_of_a_database_without_history_changes_nothing(entrypoint, database):
    run = entrypoint("status", migrations=THREE)
    assert run.code == 0 and run.out.count("pending") == 3
    assert not database.exists("pgentrypoint.history")


def test_check_is_3_when_something_is_pending_and_0_when_not(entrypoint, database):
    run = entrypoint("check", migrations=THREE)
    assert (run.code, run.out) == (3, "pending 1_one\npending 2_two\npending 3_three\n")
    assert not database.exists("one") and not database.exists("pgentrypoint.history")
    entrypoint("migrate", "--to", "2")
    run = entrypoint("check")
    assert (run.code, run.out) == (3, "pending 3_three\n")
    entrypoint("migrate")
    assert (entrypoint("check").code, entrypoint("check").out) == (0, "")


def test_migrate_to_a_version_stops_there(entrypoint, database):
    assert entrypoint("migrate", "--to", "0002", migrations=THREE).code == 0
    assert database.applied() == ["1", "2"] and not database.exists("three")
    run = entrypoint("migrate", "--to", "7")
    assert run.code == 64 and "unknown version 7" in run.err


@pytest.mark.parametrize("arguments, left", [([], ["1", "2"]), (["2"], ["1"]), (["3"], []), (["--to", "1"], ["1"]),
                                             (["--to", "0"], []), (["--to", "3"], ["1", "2", "3"])])
def test_down_reverts_the_last_ones(entrypoint, database, arguments, left):
    assert entrypoint("migrate", migrations=THREE).code == 0
    assert entrypoint("down", *arguments).code == 0
    assert database.applied() == left
    assert [database.exists(name) for name in ("one", "two", "three")] == [str(n) in left for n in (1, 2, 3)]
    assert database.lock_is_free()


@pytest.mark.parametrize("arguments, code", [(["4"], 64), (["--to", "9"], 64), (["1", "--to", "2"], 64), (["0"], 64),
                                             (["many"], 64)])
def test_down_refuses_what_makes_no_sense(entrypoint, database, arguments, code):
    entrypoint("migrate", migrations=THREE)
    assert entrypoint("down", *arguments).code == code
    assert database.applied() == ["1", "2", "3"]


def test_down_needs_a_down_part_and_checks_all_before_it_begins(entrypoint, database):
    entrypoint("migrate", migrations=THREE | {"0002_two.sql": "create table two (id integer);"})
    run = entrypoint("down", "2")
    assert run.code == 65 and "2_two cannot be reverted" in run.err and "-- migrate:down" in run.err
    assert database.applied() == ["1", "2", "3"] and database.exists("three")


def test_down_works_without_the_file_from_the_history(entrypoint, database):
    entrypoint("migrate", migrations=THREE)
    assert entrypoint("down", migrations=TWO).code == 0
    assert database.applied() == ["1", "2"] and not database.exists("three")


def test_a_mended_down_part_is_no_drift_and_is_used(entrypoint, database):
    entrypoint("migrate", migrations={"0001_one.sql": "create table one (id integer);\n-- migrate:down\nwrong;\n"})
    assert entrypoint("down").code == 76
    assert database.applied() == ["1"]
    assert entrypoint("down", migrations={"0001_one.sql": "create table one (id integer);\n-- migrate:down\ndrop table one;\n"}).code == 0
    assert database.applied() == [] and not database.exists("one")


def test_down_after_a_lost_connection_reverts_what_was_asked_for_and_keeps_a_version_0(entrypoint, database):
    files = {"0000_init.sql": "create table kept (id integer);\n-- migrate:down\ndrop table kept;\n",
             "0001_one.sql": "create table one (id integer);\n-- migrate:down\ndrop table one;\n"}
    assert entrypoint("migrate", migrations=files).code == 0
    with FaultProxy((database.host, database.port)) as proxy:
        proxy.at("COMMIT", Link.cut, when="answered")
        run = entrypoint("down", env={"DATABASE_URL": database.url_of("owner", port=proxy.port)})
        assert proxy.hits == 1
    assert run.code == 0, run.err
    assert database.exists("kept") and not database.exists("one") and database.applied() == ["0"]
    assert entrypoint("down", "--to", "0").code == 0
    assert not database.exists("kept") and database.applied() == []


def test_baseline_takes_a_schema_as_it_is(entrypoint, database):
    database.execute("create table one (id integer); create table two (id integer)")
    assert entrypoint("baseline", "2", migrations=THREE).code == 0
    assert database.history("kind, version") == [("baseline", "2")]
    assert entrypoint("check").out == "pending 3_three\n"
    assert entrypoint("migrate").code == 0
    assert database.exists("three")
    assert [line.split()[0] for line in entrypoint("status").out.splitlines()[1:]].count("baselined") == 2
    assert entrypoint("baseline", "2").code == 0
    run = entrypoint("baseline", "3")
    assert run.code == 78
    assert database.history("kind, version") == [("baseline", "2"), ("versioned", "3")]


def test_a_mistyped_baseline_is_refused_and_a_wrong_one_is_undone(entrypoint, database):
    refused = entrypoint("baseline", "99", migrations=THREE)
    assert refused.code == 64 and "there is no migration file of version 99" in refused.err
    assert not database.exists("pgentrypoint.history")
    database.execute("create table one (id integer)")
    assert entrypoint("baseline", "3").code == 0
    wrong = entrypoint("baseline", "2")
    assert wrong.code == 78 and "drop table" in wrong.err
    database.execute("drop table pgentrypoint.history")
    assert entrypoint("baseline", "2").code == 0
    assert database.history("kind, version") == [("baseline", "2")]


def test_a_baseline_of_a_database_without_tables_is_refused_unless_allowed(entrypoint, database):
    refused = entrypoint("baseline", "2", migrations=THREE)
    assert refused.code == 78 and "has no table" in refused.err and "--allow-empty-database" in refused.err
    assert not database.exists("pgentrypoint.history")
    assert entrypoint("baseline", "2", "--allow-empty-database").code == 0
    assert database.history("kind, version") == [("baseline", "2")]


def test_a_table_in_any_schema_is_enough_for_a_baseline(entrypoint, database):
    database.execute("create schema app; create table app.one (id integer)")
    assert entrypoint("baseline", "2", migrations=THREE).code == 0


def test_baseline_refuses_a_history_that_has_begun(entrypoint, database):
    entrypoint("migrate", migrations=TWO)
    assert entrypoint("baseline", "2").code == 78
    assert entrypoint("baseline", "three").code == 64
    assert database.applied() == ["1", "2"]


def test_accept_takes_a_changed_file_and_keeps_the_old_one_accepted(entrypoint, database):
    entrypoint("migrate", migrations=THREE)
    changed = THREE | {"0002_two.sql": "-- harmless\n" + THREE["0002_two.sql"]}
    run = entrypoint("--", "echo", "started", migrations=changed)
    assert run.code == 65 and "0002_two.sql has changed" in run.err and "pg-entrypoint accept 2" in run.err
    assert "started" not in run.out
    assert entrypoint("accept", "2").code == 0
    assert entrypoint("--", "echo", "started").out == "started\n"
    assert entrypoint("--", "echo", "started", migrations=THREE).out == "started\n"
    assert database.value("select cardinality(checksums) from pgentrypoint.history where version = '2'") == 2


@pytest.mark.parametrize("version", ["3", "9", "x"])
def test_accept_refuses_what_is_not_applied(entrypoint, database, version):
    entrypoint("migrate", "--to", "2", migrations=THREE)
    assert entrypoint("accept", version).code == 64
    assert database.applied() == ["1", "2"]


def test_new_makes_a_file_that_migrates(entrypoint, database, tmp_path):
    (tmp_path / "migrations").mkdir()
    before = datetime.datetime.now(datetime.UTC)
    run = entrypoint("new", "Add votes!", env={"DATABASE_URL": None})
    assert run.code == 0 and run.err == ""
    path = run.out.strip()
    stamp = re.fullmatch(r"migrations/(\d{14})_add_votes\.sql", path).group(1)
    made = datetime.datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=datetime.UTC)
    assert abs((made - before).total_seconds()) < 5
    file = tmp_path / path
    file.write_text(file.read_text().replace("\n\n\n", "\ncreate table votes (id integer);\n", 1))
    assert entrypoint("migrate").code == 0
    assert database.applied() == [stamp] and database.exists("votes")


def test_new_may_be_called_as_a_command_of_ours(entrypoint, tmp_path):
    (tmp_path / "migrations").mkdir()
    assert entrypoint("new", "status", env={"DATABASE_URL": None}).out.endswith("_status.sql\n")


@pytest.mark.parametrize("arguments, code", [(["name"], 66), (["!!!"], 64), ([], 64)])
def test_new_says_what_is_missing(entrypoint, arguments, code):
    run = entrypoint("new", *arguments, env={"DATABASE_URL": None})
    assert run.code == code and run.out == ""
    assert "hint=" in run.err


def told(run):
    return [(line.split()[0], line.split()[1]) for line in run.out.splitlines()[1:-1]]


def test_what_a_newer_image_has_applied_is_told_as_ahead_and_a_missing_file_as_unknown(entrypoint, database):
    entrypoint("migrate", migrations=THREE)
    assert told(entrypoint("status", migrations=TWO)) == [("applied", "1"), ("applied", "2"), ("ahead", "3")]
    assert entrypoint("check").code == 0
    run = entrypoint("status", migrations={name: text for name, text in THREE.items() if "two" not in name})
    assert told(run) == [("applied", "1"), ("unknown", "2"), ("applied", "3")] and entrypoint("check").code == 65
    run = entrypoint("status", migrations={"0009_other.sql": "select 9;"})
    assert told(run)[:3] == [("unknown", "1"), ("unknown", "2"), ("unknown", "3")] and entrypoint("check").code == 65


def test_a_late_file_is_told_as_late_unless_it_would_be_applied(entrypoint, database):
    entrypoint("migrate", migrations={name: text for name, text in THREE.items() if "two" not in name})
    run = entrypoint("status", migrations=THREE | {"0004_four.sql": "select 4;"})
    assert told(run) == [("applied", "1"), ("applied", "3"), ("late", "2"), ("pending", "4")]
    assert json.loads(entrypoint("status", "--json").out)["pending"] == 2 and entrypoint("check").code == 65
    allowed = {"PG_ENTRYPOINT_OUT_OF_ORDER": "apply"}
    assert told(entrypoint("status", env=allowed))[2] == ("pending", "2") and entrypoint("check", env=allowed).code == 3


def test_a_baseline_stands_where_its_version_stands_with_its_files_name(entrypoint, database):
    database.execute("create table one (id integer); create table two (id integer)")
    assert entrypoint("baseline", "2", migrations=THREE).code == 0
    run = entrypoint("status")
    assert told(run) == [("baselined", "1"), ("baselined", "2"), ("pending", "3")]
    assert [line.split()[-1] for line in run.out.splitlines()[1:-1]] == ["one", "two", "three"]
    assert [entry.get("file") for entry in json.loads(entrypoint("status", "--json").out)["migrations"]] == [None] * 3


def test_an_older_image_says_that_a_newer_file_is_applied_in_part(entrypoint, database):
    half = "-- pg-entrypoint: no-transaction\ncreate table half (id integer);\nselect 1/0;\n"
    assert entrypoint("migrate", migrations=TWO | {"0003_half.sql": half}).code == 76
    status = entrypoint("status", migrations=TWO)
    assert re.search(r"^running +3 .* half  \(step 1 of 2\)  \(no file in this image\)$", status.out, re.M), status.out
    assert json.loads(entrypoint("status", "--json").out)["migrations"][2]["no_file"] is True
    check = entrypoint("check")
    assert check.code == 0 and "applied in part only name=3_half step=1 steps=2" in check.err
    assert "in part" not in entrypoint("check", migrations={"0001_one.sql": THREE["0001_one.sql"], "0002_two.sql": THREE["0002_two.sql"], "0003_half.sql": half}).err


def test_down_says_that_it_reverts(entrypoint, database):
    entrypoint("migrate", migrations=THREE)
    run = entrypoint("down")
    assert "reverting a migration version=3 name=3_three" in run.err and "migration started" not in run.err
