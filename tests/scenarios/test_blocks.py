"""Files with transactions of their own: each BEGIN … COMMIT of a no-transaction file is one step."""

import os
import signal

import pytest

from fault_proxy import Link
from runner import children_of, until

HEAD = "-- pg-entrypoint: no-transaction\n"
OPTIONS = ["--allow-existing", "--lock-timeout", "0"]
STEPS = "create table seen (n integer);\n"


@pytest.fixture
def gate(database):
    """Migrations that read the table `gate` stop there until the session is ended."""
    database.execute("create table gate (id integer); alter table gate owner to owner")
    session = database.connect(autocommit=False)
    session.execute("lock table gate in access exclusive mode")
    return session


def kill_at_gate(run, database):
    until(lambda: database.running("from gate"), what="the statement at the gate")
    os.kill(children_of(run.pid)[0], signal.SIGKILL)
    assert run.finish().code == 70
    until(database.lock_is_free, 2, "a free lock")


def seen(database):
    return database.value("select array_agg(n order by n) from seen")


def test_blocks_and_statements_follow_each_other_as_people_write_them(entrypoint, database):
    text = HEAD + ("create type mood as enum ('sad');\nBEGIN;\nalter type mood add value 'happy';\nCOMMIT;\n"
                   "START TRANSACTION;\ncreate table moods (mood mood default 'happy');\n"
                   "insert into moods default values;\nSAVEPOINT s;\ndelete from moods;\nROLLBACK TO s;\nEND;\n"
                   "create index concurrently moods_mood on moods (mood);\nBEGIN;\nset local lock_timeout = '1s';\n"
                   "lock table moods in share mode;\ninsert into moods values ('sad');\nCOMMIT;\n")
    done = entrypoint("migrate", migrations={"0001_moods.sql": text})
    assert done.code == 0, done.err
    assert database.value("select array_agg(mood order by mood)::text from moods") == "{sad,happy}"
    assert database.history("state, step, steps, note") == [("applied", 5, 5, "")]


@pytest.mark.parametrize("block, left", [(True, [1]), (False, [1, 2])], ids=["a block", "its twin without BEGIN"])
def test_a_kill_inside_a_block_leaves_nothing_of_it(start, entrypoint, database, gate, block, left):
    begin, commit = ("begin;\n", "commit;\n") if block else ("", "")
    text = (HEAD + STEPS + "insert into seen values (1);\n" + begin + "insert into seen values (2);\n"
            "insert into seen select 3 from (select count(*) from gate) g;\n" + commit + "insert into seen values (4);\n")
    kill_at_gate(start("migrate", *OPTIONS, migrations={"0001_block.sql": text}), database)
    assert seen(database) == left
    assert database.history("state, step, steps") == [("running", 2 if block else 3, 4 if block else 5)]
    gate.close()
    done = entrypoint("migrate", *OPTIONS)
    assert done.code == 0 and "resuming an interrupted migration" in done.err, done.err
    assert seen(database) == [1, 2, 3, 4]


@pytest.mark.parametrize("when", ["before", "answered"])
def test_a_connection_lost_at_the_commit_of_a_block_does_nothing_twice(entrypoint, database, proxy, when):
    text = (HEAD + STEPS + "begin;\ninsert into seen values (1);\ninsert into seen values (2);\ncommit;\n"
            "insert into seen values (3);\n")
    proxy.at("COMMIT", Link.cut, when=when, nth=3)  # after that of the row and of the first statement
    done = entrypoint("migrate", migrations={"0001_block.sql": text}, env={"DATABASE_URL": database.url_of("owner", port=proxy.port)})
    assert proxy.hits == 1 and done.code == 0, done.err
    assert seen(database) == [1, 2, 3] and database.applied() == ["1"]


def test_a_block_that_gives_way_is_tried_again_from_its_begin(start, database):
    database.execute("create table busy (n integer); alter table busy owner to owner")
    session = database.connect(autocommit=False)
    session.execute("lock table busy")
    text = HEAD + STEPS + "begin;\ninsert into seen values (1);\nalter table busy add column more integer;\ncommit;\n"
    run = start("migrate", "--allow-existing", "--lock-timeout", "100ms", migrations={"0001_block.sql": text})
    run.wait_for("migration gave way to a lock")
    session.close()
    done = run.finish()
    assert done.code == 0 and "at=migrations/0001_block.sql:5:1" in done.err, done.err
    assert seen(database) == [1]


def test_a_block_that_fails_leaves_nothing_and_the_fixed_file_resumes_at_it(entrypoint, database):
    text = HEAD + STEPS + "begin;\ninsert into seen values (1);\ninsert into seen select * from later;\ncommit;\n"
    done = entrypoint("migrate", migrations={"0001_block.sql": text})
    assert done.code == 76 and "at=migrations/0001_block.sql:5:32" in done.err, done.err
    assert seen(database) is None and database.history("state, step, steps") == [("running", 1, 2)]
    fixed = text.replace("insert into seen select * from later;", "insert into seen values (2);")
    assert entrypoint("accept", "1", migrations={"0001_block.sql": fixed}).code == 0
    assert entrypoint("migrate").code == 0
    assert seen(database) == [1, 2]


@pytest.mark.parametrize("block", [True, False], ids=["block", "statement"])
def test_a_deferred_constraint_fails_at_the_end_of_its_step(entrypoint, database, block):
    begin, commit = ("begin;", "commit;") if block else ("", "")
    text = (HEAD + "create table a (id integer primary key);\n"
            "create table b (id integer references a deferrable initially deferred);\n"
            f"{begin}\ninsert into b values (7);\n{commit}\nselect 1;\n")
    done = entrypoint("migrate", migrations={"0001_deferred.sql": text})
    assert done.code == 76 and "sqlstate=23503" in done.err and "at=migrations/0001_deferred.sql:5:1" in done.err, done.err
    assert database.history("step") == [2] and database.value("select count(*) from b") == 0


def test_settings_made_in_a_block_hold_after_a_resume_and_those_taken_back_do_not(start, entrypoint, database, gate):
    text = (HEAD + "begin;\nset work_mem = '5MB';\nset local statement_timeout = '59min';\nsavepoint s;\n"
            "set work_mem = '6MB';\nrollback to s;\ncommit;\nselect count(*) from gate;\n"
            "create table memory as select current_setting('work_mem') as it, current_setting('statement_timeout') as none;")
    kill_at_gate(start("migrate", *OPTIONS, migrations={"0001_settings.sql": text}), database)
    gate.close()
    assert entrypoint("migrate", *OPTIONS).code == 0
    assert database.rows("select * from memory") == [("5MB", "0")]


def test_a_doubt_behind_a_block_counts_steps(start, entrypoint, database, gate):
    text = ("-- pg-entrypoint: no-transaction on-doubt=stop\n" + STEPS + "begin;\ninsert into seen values (1);\n"
            "insert into seen values (2);\ncommit;\ndo $$ begin insert into seen values (3); commit; "
            "perform count(*) from gate; end $$;\ninsert into seen values (4);\n")
    kill_at_gate(start("migrate", *OPTIONS, migrations={"0001_doubt.sql": text}), database)
    gate.close()
    done = entrypoint("migrate", *OPTIONS)
    assert done.code == 74 and "in step 3 of 4, which may have run" in done.err, done.err
    assert "at=migrations/0001_doubt.sql:7:1" in done.err and "set step = 3, note = ''" in done.err
    database.execute("update pgentrypoint.history set step = 3, note = '' where version = '1'")
    assert entrypoint("migrate", *OPTIONS).code == 0
    assert seen(database) == [1, 2, 3, 4]


def test_what_only_the_server_knows_to_be_impossible_in_a_block_is_told(entrypoint, database):
    text = HEAD + STEPS + "begin;\ninsert into seen values (1);\ndo $$ begin commit; end $$;\ncommit;\n"
    done = entrypoint("migrate", migrations={"0001_block.sql": text})
    assert done.code == 76 and "sqlstate=2D000" in done.err and "move it out of BEGIN … COMMIT" in done.err
    assert seen(database) is None
    fixed = HEAD + STEPS + "begin;\ninsert into seen values (1);\ncommit;\ndo $$ begin commit; end $$;\n"
    assert entrypoint("accept", "1", migrations={"0001_block.sql": fixed}).code == 0
    assert entrypoint("migrate").code == 0


def test_down_resumes_in_front_of_the_block_in_which_it_was_interrupted(start, entrypoint, database, gate):
    text = (HEAD + STEPS + "-- migrate:down\ninsert into seen values (1);\nbegin;\ninsert into seen values (2);\n"
            "insert into seen select 3 from (select count(*) from gate) g;\ncommit;\n"
            "create table kept as select * from seen;\ndrop table seen;\n")
    assert entrypoint("migrate", *OPTIONS, migrations={"0001_down.sql": text}).code == 0
    kill_at_gate(start("down", "--lock-timeout", "0"), database)
    assert seen(database) == [1] and database.history("state, step") == [("reverting", 1)]
    gate.close()
    run = entrypoint("down")
    assert run.code == 0 and "resuming an interrupted rollback" in run.err and "migration started" not in run.err
    assert database.value("select array_agg(n order by n) from kept") == [1, 2, 3] and database.history() == []


def test_a_down_part_with_blocks_is_found_in_the_history_too(entrypoint, database):
    files = {"0001_a.sql": "create table a (n integer);"}
    text = HEAD + STEPS + "-- migrate:down\nbegin;\ndrop table seen;\ncommit;\ncreate table gone (n integer);\n"
    assert entrypoint("migrate", migrations=files | {"0002_b.sql": text}).code == 0
    assert entrypoint("down", migrations=files).code == 0
    assert not database.exists("seen") and database.exists("gone") and database.applied() == ["1"]
