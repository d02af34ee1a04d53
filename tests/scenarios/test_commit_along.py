"""COMMIT with which the next file goes along (ADR 22): each of the two files has its own outcome."""

import re
import time

import pytest

from fault_proxy import error_response
from runner import until

ONE = {"0001_one.sql": "create table one (n integer);\ninsert into one values (1);"}
NEXT = {"0002_next.sql": "create table next (n integer);"}


def at_commit(body):
    """A file whose COMMIT does this, in a deferred trigger. The sequence counts tries: no rollback takes that back."""
    return {"0000_tries.sql": "create sequence tries;",
            "0001_acts.sql": f"""create table acts (n integer);
        create function act() returns trigger language plpgsql as $$ begin {body} return null; end $$;
        create constraint trigger act after insert on acts deferrable initially deferred
        for each row execute function act();
        insert into acts values (1);"""}


def told(err):
    """What was said of the migrations, in order: ["started 0", "applied 0", …]."""
    return [f"{what} {version}" for what, version in re.findall(r"migration (started|applied) version=(\d+)", err)]


def one_after_the_other(count):
    return [f"{what} {number}" for number in range(count) for what in ("started", "applied")]


def test_one_that_gives_way_each_time_leaves_nothing_of_its_file_and_of_the_next(entrypoint, database):
    gives_way = at_commit("raise 'never' using errcode = '40P01';")
    run = entrypoint("migrate", "--lock-retries", "1", migrations=gives_way | NEXT)
    assert run.code == 75 and run.err.count("migration gave way to a lock, retrying") == 1
    assert told(run.err) == ["started 0", "applied 0", "started 1"]
    assert database.history() == ["0"] and not database.exists("acts") and not database.exists("next")
    assert database.lock_is_free()


def test_one_that_gives_way_on_the_way_back_is_tried_again(entrypoint, database):
    files = at_commit("if nextval('tries') < 2 then raise 'not yet' using errcode = '40001'; end if;")
    files["0001_acts.sql"] = files["0001_acts.sql"].rpartition("insert")[0]  # nothing acts yet
    files |= {f"000{number}_more.sql": f"create table more_{number} (n integer);\n-- migrate:down\n"
                                       f"drop table more_{number};\n" for number in (2, 3, 4)}
    files["0003_more.sql"] += "insert into acts values (1);"
    assert entrypoint("migrate", migrations=files).code == 0
    run = entrypoint("down", "--to", "1")
    assert run.code == 0 and run.err.count("migration gave way to a lock, retrying") == 1
    assert re.findall(r"(reverting a migration|migration reverted) version=(\d)", run.err) == [
        (what, number) for number in "432" for what in ("reverting a migration", "migration reverted")]
    assert database.applied() == ["0", "1"] and not database.exists("more_2")


def test_one_that_an_administrator_cancels_is_its_own_file_s_failure(entrypoint, database):
    cancels = at_commit("perform pg_cancel_backend(pg_backend_pid()), pg_sleep(5);")
    run = entrypoint("migrate", migrations=cancels | NEXT)
    assert run.code == 76 and "migration 1_acts failed" in run.err and "sqlstate=57014" in run.err
    assert database.history() == ["0"] and not database.exists("next")


def test_one_whose_session_an_administrator_ends_is_looked_up(entrypoint, database):
    ends = at_commit("if nextval('tries') < 2 then "
                     "perform pg_terminate_backend(pg_backend_pid()), pg_sleep(5); end if;")
    run = entrypoint("migrate", migrations=ends | NEXT)
    assert run.code == 0 and run.err.count("outcome is unknown") == 1
    assert told(run.err) == ["started 0", "applied 0", "started 1", "started 1", "applied 1", "started 2", "applied 2"]
    assert database.history("applied_order") == [1, 2, 3]
    assert database.value("select array_agg(n) from acts") == [1]


@pytest.mark.parametrize("stopped", [False, True], ids=["lost", "stopped"])
def test_one_that_has_failed_is_not_in_doubt_when_the_session_ends_then(start, database, proxy, stopped):
    def refuse(link):
        link.hold()
        link.client.sendall(error_response("ERROR", "40001", "not yet"))
        if stopped:
            run.signal()
        time.sleep(0.1)
        link.end()

    proxy.at("COMMIT", refuse)
    run = start("--", "echo", "started", via=proxy, migrations=ONE | NEXT)
    done = run.finish()
    assert done.code == (143 if stopped else 0) and "unknown" not in done.err
    if stopped:
        assert "in migration 1_one: nothing of it was applied" in done.err and database.history() == []
    else:
        assert database.applied() == ["1", "2"] and database.value("select array_agg(n) from one") == [1]


def test_a_stop_during_another_try_of_one_starts_nothing_more(start, database):
    slow = at_commit("if nextval('tries') < 2 then raise 'not yet' using errcode = '40001'; end if; "
                     "perform pg_sleep(1);")
    run = start("--on-stop", "finish", "--", "echo", "served", migrations=slow | NEXT)
    run.wait_for("migration gave way to a lock, retrying")
    until(lambda: database.running("COMMIT"), what="COMMIT")
    done = run.signal().finish()
    assert done.code == 143 and "served" not in done.out
    assert database.applied() == ["0", "1"] and not database.exists("next")


# The file that goes along


def test_it_does_not_meet_what_commit_has_left_in_the_session(entrypoint, database):
    left = ["set role other", "deallocate all", "prepare theirs as select 1", "listen theirs",
            "set search_path = public", "set default_transaction_read_only = on",
            "set default_transaction_isolation = serializable", "set standard_conforming_strings = off",
            "set statement_timeout = 60000"]
    looks = ("create table seen as select current_user, current_setting('statement_timeout') as timeout, "
             "current_setting('search_path') as path, current_setting('transaction_isolation') as isolation, "
             "(select count(*) from pg_prepared_statements where name = 'theirs') as prepared;")
    run = entrypoint("migrate", migrations=at_commit("".join(f"execute '{sql}';" for sql in left)) | {
        "0002_looks.sql": looks})
    assert run.code == 0, run.err
    assert told(run.err) == one_after_the_other(3)
    assert database.rows("select * from seen") == [("owner", "0", '"$user", public', "read committed", 0)]


def test_it_does_not_run_when_commit_gives_the_lock_away(entrypoint, database):
    run = entrypoint("migrate", migrations=at_commit("perform pg_advisory_unlock_all();") | NEXT)
    assert run.code == 76 and "the advisory lock was lost" in run.err
    assert database.applied() == ["0", "1"] and not database.exists("next")
    assert told(run.err) == one_after_the_other(2)


def test_it_may_be_of_any_kind(entrypoint, database):
    files = at_commit("null;") | {
        "0002_comments.sql": "-- nothing to do",
        "0003_copy.sql": "copy acts from stdin;\n7\n8\n\\.\n",
        "0004_large.sql": f"update acts set n = n /* {'x' * 100_000} */;\ninsert into acts values (9);",
        "0005_many.sql": "create table many (n integer);\n" + "insert into many values (1);\n" * 300,
        "0006_limit.sql": "-- pg-entrypoint: lock_timeout=3s\nselect 1;",
        "0007_prepares.sql": "prepare theirs as select 1;\ndeallocate all;\nprepare theirs as select 1;",
        "0008_last.sql": "insert into acts values (10);"}
    run = entrypoint("migrate", migrations=files)
    assert run.code == 0, run.err
    assert told(run.err) == one_after_the_other(9)
    assert database.history("applied_order") == list(range(1, 10))
    assert database.value("select array_agg(n order by n) from acts") == [1, 7, 8, 9, 10]
    assert database.value("select count(*) from many") == 300
