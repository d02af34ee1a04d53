"""Real Alembic as the migrator: replicas, rollbacks, failures and stops; and the way over to SQL files."""

import signal

import pytest

from alembic_project import AlembicProject
from runner import until

UPGRADE = ["--migrator", "alembic upgrade head"]


@pytest.fixture
def project(tmp_path):
    project = AlembicProject(tmp_path)
    project.table("a1")
    project.table("b2", "a1")
    return project


def version(database):
    return database.value("select string_agg(version_num, ' ' order by version_num) from alembic_version")


def test_ten_replicas_two_revisions_behind_upgrade_once(start, project, database, in_parallel, entrypoint):
    assert entrypoint(*UPGRADE, "--", "true").code == 0
    project.table("c3", "b2")
    # An insert in the revision shows how often it has run; the pause lets all replicas see it pending.
    project.revision("d4", "c3", "op.execute('create table ran (id int)')\nop.execute('insert into ran values (1)')\n"
                                 "op.execute('select pg_sleep(0.5)')")
    replicas = [start(*UPGRADE, "--", "echo", "started") for _ in range(10)]
    results = in_parallel([lambda replica=replica: replica.finish(80) for replica in replicas])
    assert [(done.code, done.out) for done in results] == [(0, "started\n")] * 10
    assert sum("Running upgrade b2 -> c3" in done.err for done in results) == 1
    assert sum("migrator started" in done.err for done in results) == 1
    assert version(database) == "d4" and database.value("select count(*) from ran") == 1
    assert database.lock_is_free()


def test_at_head_there_is_no_lock_and_no_python(entrypoint, project, tmp_path):
    assert entrypoint(*UPGRADE, "--", "true").code == 0
    # A Python that would be started now would fail.
    done = entrypoint(*UPGRADE, "--", "echo", "started", env={"PYTHONHOME": "/nowhere"})
    assert (done.code, done.out) == (0, "started\n")
    assert "advisory lock" not in done.err
    # A changed text is nothing that Alembic would run again; a new revision is.
    (tmp_path / "alembic" / "versions" / "b2.py").open("a").write("# changed\n")
    assert entrypoint(*UPGRADE, "--", "true", env={"PYTHONHOME": "/nowhere"}).code == 0
    project.table("c3", "b2")
    assert entrypoint(*UPGRADE, "--", "true", env={"PYTHONHOME": "/nowhere"}).code == 76


def test_v1_v2_v1_each_starts(entrypoint, project, database, tmp_path):
    assert entrypoint(*UPGRADE, "--", "true").code == 0
    newer = project.table("c3", "b2")
    assert entrypoint(*UPGRADE, "--", "true").code == 0
    newer.unlink()
    back = entrypoint(*UPGRADE, "--", "echo", "started")
    assert (back.code, back.out) == (0, "started\n")
    assert "ahead of this image" in back.err and version(database) == "c3"
    # The twin: Alembic itself does not start on it.
    assert "Can't locate revision" in project.alembic("upgrade", "head", url=database.url, check=False).stdout


def test_a_newer_schema_is_ahead_when_an_image_that_knows_it_was_here(entrypoint, project, database):
    newer = project.table("c3", "b2")
    project.alembic("upgrade", "head", url=database.url)
    text = newer.read_text()
    newer.unlink()
    # Nobody has told what c3 rests on: it may be a branch that lacks b2.
    done = entrypoint(*UPGRADE, "--", "echo", "started")
    assert done.code == 76 and done.out == ""
    hint = done.err.splitlines()[-1]
    assert "the database is at c3" in hint and "has this image's b2" in hint and "PG_ENTRYPOINT_MIGRATE=off" in hint
    # A start of the newer image finds its heads there and says what they rest on.
    newer.write_text(text)
    assert "nothing to do" in entrypoint(*UPGRADE, "--", "true").err
    newer.unlink()
    back = entrypoint(*UPGRADE, "--", "echo", "started")
    assert (back.code, back.out) == (0, "started\n") and "ahead of this image" in back.err
    # The twin: without judgement Alembic is asked, which does not know the revision.
    assert entrypoint(*UPGRADE, "--migrator-cache", "off", "--", "true").code == 76


def test_after_a_downgrade_by_hand_the_migrator_runs(entrypoint, project, database):
    assert entrypoint(*UPGRADE, "--", "true").code == 0
    project.alembic("downgrade", "a1", url=database.url)
    assert not database.exists("b2")
    done = entrypoint(*UPGRADE, "--", "true")
    assert done.code == 0 and "Running upgrade a1 -> b2" in done.err, done.err
    assert database.exists("b2") and version(database) == "b2"


def test_a_failing_revision(entrypoint, project, database):
    project.revision("c3", "b2", "op.execute('create table half (id int)')\nop.execute('select 1/0')")
    done = entrypoint(*UPGRADE, "--", "echo", "started")
    assert done.code == 76 and done.out == ""
    lines = done.err.splitlines()
    assert any("alembic: " in line and "DivisionByZero" in line for line in lines)
    assert "the migrator exited with status 1: alembic upgrade head" in lines[-1]
    assert "start again; the database is at no revision" in lines[-1]
    assert database.lock_is_free() and not database.exists("half") and not database.exists("alembic_version")
    # Where it is after the failure, and not what it was to become.
    project.alembic("upgrade", "b2", url=database.url)
    assert "start again; the database is at b2" in entrypoint(*UPGRADE, "--", "true").err.splitlines()[-1]
    # The twin: of a command that may do more nothing is asked.
    assert "the database is at" not in entrypoint("--migrator", "sh -c 'alembic upgrade head; exit 1'", "--", "true").err


def test_a_down_revision_that_no_file_has_is_in_the_last_hint(entrypoint, project):
    project.revision("c3", "zz")
    done = entrypoint(*UPGRADE, "--", "echo", "started")
    assert done.code == 76 and done.out == "", done.err
    assert "perhaps because revision c3 depends on zz, which no file declares (./alembic/versions/c3.py);" in done.err.splitlines()[-1]


@pytest.mark.parametrize("init", [False, True], ids=["child", "pid1"])
def test_a_stop_in_a_long_upgrade(start, project, database, init):
    project.revision("c3", "b2", "op.execute('create table half (id int)')\nop.execute('select pg_sleep(60)')")
    run = start(*UPGRADE, "--", "echo", "started", init=init)
    until(lambda: sleeping(database), what="the long statement")
    done = run.signal().finish()
    assert done.code == 143 and done.out == ""
    until(database.lock_is_free, 2, "a free lock")
    until(lambda: not sleeping(database), 2, "the end of the statement in the server")
    assert not database.exists("half") and not database.exists("alembic_version")


def test_killing_process_1_in_a_long_upgrade_ends_it_in_the_server_too(start, project, database):
    project.revision("c3", "b2", "op.execute('select pg_sleep(60)')")
    run = start(*UPGRADE, "--", "echo", "started", init=True)
    until(lambda: sleeping(database), what="the long statement")
    run.signal(signal.SIGKILL).finish()
    until(lambda: not sleeping(database), 2, "the end of the statement in the server")
    until(database.lock_is_free, 2, "a free lock")


def sleeping(database):
    return database.value("select count(*) from pg_stat_activity where state = 'active' and query like '%%pg_sleep(60)%%' "
                          "and pid <> pg_backend_pid()")


def test_several_heads_are_told_before_the_lock(entrypoint, project, database):
    project.table("c3", "a1")
    done = entrypoint(*UPGRADE, "--", "echo", "started")
    assert done.code == 65 and "Alembic has 2 heads: b2, c3" in done.err and "alembic merge" in done.err
    assert "advisory lock" not in done.err
    both = entrypoint("--migrator", "alembic upgrade heads", "--", "echo", "started")
    assert (both.code, both.out) == (0, "started\n") and version(database) == "b2 c3"


def test_the_version_table_of_env_py(entrypoint, project, database, tmp_path):
    project.configure(configure=", version_table='our_version'")
    assert entrypoint(*UPGRADE, "--", "true").code == 0
    assert database.exists("our_version") and not database.exists("alembic_version")
    assert "nothing to do" in entrypoint(*UPGRADE, "--", "true").err
    # Computed: nobody can know its name, so there is no receipt, until somebody says it.
    project.configure(configure=", version_table=os.environ.get('VT') or 'our_version'")
    in_doubt = entrypoint(*UPGRADE, "--", "true").err
    assert "the migrator runs at every start, because its version table is not certain: env.py computes version_table" in in_doubt
    assert "--alembic-version-table" in in_doubt and in_doubt.count(" warning ") == 1
    assert "migrator started" in entrypoint(*UPGRADE, "--", "true").err
    for _ in range(2):
        said = entrypoint(*UPGRADE, "--alembic-version-table", "public.our_version", "--", "true")
    assert "nothing to do" in said.err and " warning " not in said.err


def test_a_schema_that_env_py_sets_is_not_overlooked(entrypoint, project, database, tmp_path):
    """Three rows in the wrong table would say that nothing is pending."""
    assert entrypoint(*UPGRADE, "--", "true").code == 0
    env = tmp_path / "alembic" / "env.py"
    env.write_text(env.read_text().replace("        context.configure(connection", (
        "        connection.exec_driver_sql('create schema if not exists app')\n"
        "        connection.exec_driver_sql('SET SCHEMA \\'app\\'')\n        connection.commit()\n"
        "        context.configure(connection")))
    for _ in range(2):
        done = entrypoint(*UPGRADE, "--", "true")
        assert done.code == 0 and "migrator started" in done.err, done.err
        assert "env.py sets a schema for its connection" in done.err and done.err.count(" warning ") == 1
    assert database.exists("app.a1")
    status = entrypoint("status")
    assert status.code == 78 and "--alembic-version-table" in status.err
    known = {"PG_ENTRYPOINT_ALEMBIC_VERSION_TABLE": "app.alembic_version"}
    assert entrypoint("status", env=known).out.count("applied") == 2
    entrypoint(*UPGRADE, "--", "true", env=known)
    assert "nothing to do" in entrypoint(*UPGRADE, "--", "true", env=known).err
    mistyped = entrypoint(*UPGRADE, "--alembic-version-table", "a.b.c", "--", "true")
    assert mistyped.code == 64 and "a.b.c is not [SCHEMA.]NAME" in mistyped.err


def test_a_helper_that_configures_alembic_is_not_overlooked(entrypoint, project, database, tmp_path):
    env = tmp_path / "alembic" / "env.py"
    (tmp_path / "alembic" / "helper.py").write_text(
        env.read_text().replace("connection=connection", "connection=connection, version_table='hidden'"))
    env.write_text("import runpy, pathlib\nrunpy.run_path(str(pathlib.Path(__file__).with_name('helper.py')))\n")
    for _ in range(2):
        done = entrypoint(*UPGRADE, "--", "true")
        assert done.code == 0 and "migrator started" in done.err, done.err
    assert "env.py has no context.configure for a connection" in done.err
    assert database.exists("hidden")


def test_a_file_that_cannot_be_read_leaves_the_decision_to_alembic(entrypoint, project, tmp_path):
    (tmp_path / "alembic" / "versions" / "b2.py").write_text("from alembic import op\nrevision = 'b' + '2'\n"
                                                              "down_revision = 'a1'\ndef upgrade(): pass\n")
    done = entrypoint(*UPGRADE, "--", "echo", "started")
    assert (done.code, done.out) == (0, "started\n")
    assert "revision cannot be read with certainty" in done.err and "b2.py:2:1" in done.err
    assert "not set" not in done.err
    refused = entrypoint("check")
    assert refused.code == 65 and "b2.py:2:1" in refused.err


@pytest.mark.parametrize("command", ["alembic -c conf/other.ini upgrade head", "python3 -m alembic -c conf/other.ini upgrade head",
                                     "alembic --config=conf/other.ini -n second upgrade head"])
def test_the_configuration_that_the_command_names(entrypoint, project, tmp_path, command):
    (tmp_path / "conf").mkdir()
    text = (tmp_path / "alembic.ini").read_text().replace("%(here)s/alembic", "%(here)s/../alembic")
    (tmp_path / "conf" / "other.ini").write_text(text.replace("[alembic]", "[second]" if "second" in command else "[alembic]"))
    (tmp_path / "alembic.ini").unlink()
    for _ in range(2):
        done = entrypoint("--migrator", command, "--", "true")
        assert done.code == 0, done.err
    assert "nothing to do" in done.err


@pytest.fixture
def two_projects(project, tmp_path):
    """other.ini is a project of its own, with the revisions o1 and then o2."""
    other = tmp_path / "other" / "versions"
    other.mkdir(parents=True)
    (tmp_path / "other" / "env.py").write_text(
        (tmp_path / "alembic" / "env.py").read_text().replace("connection=connection", "connection, version_table='o'"))
    (tmp_path / "other.ini").write_text((tmp_path / "alembic.ini").read_text().replace("here)s/alembic", "here)s/other"))
    project.table("o1", folder=other)
    return lambda: project.table("o2", "o1", folder=other)


@pytest.mark.parametrize("command,variables", [
    ("alembic --conf other.ini upgrade head", {"PG_ENTRYPOINT_ALEMBIC": "alembic.ini"}),
    ("alembic -c alembic.ini -qcother.ini upgrade head", {"ALEMBIC_CONFIG": "alembic.ini"}),
    ("python3 -Wignore -malembic -xa=b -c=other.ini upgrade -- head", {"PG_ENTRYPOINT_ALEMBIC": "alembic"}),
    ("alembic upgrade head", {"ALEMBIC_CONFIG": "other.ini"}),
    ("alembic upgrade head", {"ALEMBIC_CONFIG": "other.ini", "PG_ENTRYPOINT_ALEMBIC": "./other.ini"}),
], ids=["abbreviated", "last", "joined", "variable", "both"])
def test_the_project_that_counts_is_the_one_that_runs(entrypoint, database, two_projects, command, variables):
    run = ["--migrator", command, "--", "true"]
    assert entrypoint(*run, env=variables).code == 0
    assert database.exists("o1") and not database.exists("a1")
    assert "nothing to do" in entrypoint(*run, env=variables).err
    two_projects()
    assert "migrator started" in entrypoint(*run, env=variables).err
    assert database.exists("o2") and database.value("select version_num from o") == "o2"


@pytest.mark.parametrize("command,variables,doubt", [
    ("alembic -qc=other.ini upgrade head", {}, 'an "=" behind a short option'),
    ("alembic upgrade head", {"PG_ENTRYPOINT_ALEMBIC": "other.ini"}, "it reads alembic.ini, and --alembic names other.ini"),
], ids=["understood_by_some_versions", "another_project"])
def test_a_command_in_doubt_leaves_no_receipt(entrypoint, database, two_projects, command, variables, doubt):
    for _ in range(2):
        done = entrypoint("--migrator", command, "--", "true", env=variables)
        assert done.code == 0 and "migrator started" in done.err, done.err
        assert doubt in done.err and done.err.count(" warning ") == 1, done.err
    assert database.history() == []


BEHIND = "the migrator runs at every start: Alembic is not judged behind another program"


@pytest.mark.parametrize("command,options", [
    ("sh -c 'alembic upgrade head && true'", []), ("timeout 300 alembic upgrade head", []),
    ("./migrate.sh", ["--alembic", "alembic.ini"])], ids=["shell", "timeout", "script"])
def test_alembic_behind_another_program_is_told(entrypoint, project, tmp_path, command, options):
    (tmp_path / "migrate.sh").write_text("#!/bin/sh\nalembic upgrade head\n")
    (tmp_path / "migrate.sh").chmod(0o755)
    run = ["--migrator", command, *options]
    for _ in range(2):
        done = entrypoint(*run, "--", "true")
        assert done.code == 0 and "migrator started" in done.err, done.err
        assert done.err.count(BEHIND) == 1 and "write alembic upgrade head alone" in done.err, done.err
        assert done.err.replace('"', '').count(f"={command}") == 2, done.err  # as it can be typed
        assert "not set" not in done.err and "could not be read" not in done.err
    # The twins: with inputs and a state it is judged, and who wants it to run each time is not told.
    known = ["--migrator-inputs", "alembic", "--migrator-state", "select version_num from alembic_version"]
    judged = [entrypoint(*run, *known, "--", "true") for _ in range(2)]
    assert "nothing to do" in judged[1].err and not any(BEHIND in done.err for done in judged)
    assert BEHIND not in entrypoint(*run, "--migrator-cache=off", "--", "true").err
    assert BEHIND not in entrypoint(*UPGRADE, "--", "true").err


def test_a_configuration_that_is_not_there_is_told(entrypoint, project):
    for command in ("sh -c 'alembic upgrade head'", "alembic upgrade head"):
        done = entrypoint("--migrator", command, "--alembic", "/nope.ini", "--", "true")
        assert done.code == 0 and "/nope.ini" in done.err and "--migrator-state are not set" not in done.err, done.err
    missing = entrypoint("--migrator", "true", "--alembic", "/nope.ini", "--", "true")
    assert "Alembic's files could not be read without Python: /nope.ini cannot be read" in missing.err
    assert "/nope.ini" not in entrypoint("--migrator", "true", "--", "true").err


def test_a_state_of_ones_own_is_not_taken_for_revisions(entrypoint, project, database):
    own = [*UPGRADE, "--migrator-state", "select count(*), max(version_num) from alembic_version"]
    project.alembic("upgrade", "a1", url=database.url)
    assert "migrator started" in entrypoint(*own, "--", "true").err
    assert version(database) == "b2"
    assert "nothing to do" in entrypoint(*own, "--", "true").err


def test_a_linked_versions_folder_is_an_input(entrypoint, project, database, tmp_path):
    (tmp_path / "alembic" / "versions").rename(tmp_path / "elsewhere")
    (tmp_path / "alembic" / "versions").symlink_to(tmp_path / "elsewhere")
    assert entrypoint(*UPGRADE, "--", "true").code == 0
    project.table("c3", "b2")
    assert entrypoint(*UPGRADE, "--", "true").code == 0
    assert version(database) == "c3"


def test_a_linked_file_is_an_input_and_an_editors_leaving_is_not(entrypoint, project, tmp_path):
    (tmp_path / "alembic" / "data").mkdir()
    (tmp_path / "elsewhere.sql").write_text("select 1")
    (tmp_path / "alembic" / "data" / "view.sql").symlink_to(tmp_path / "elsewhere.sql")
    # A state query of one's own: the inputs judge, not the revisions.
    own = [*UPGRADE, "--migrator-state", "select max(version_num) from alembic_version"]
    assert entrypoint(*own, "--", "true").code == 0
    (tmp_path / "alembic" / "versions" / ".b2.py.swp").write_text("b2")
    (tmp_path / "alembic" / "versions" / ".#b2.py").symlink_to("somebody@somewhere.1")
    assert "nothing to do" in entrypoint(*own, "--", "true").err
    (tmp_path / "elsewhere.sql").write_text("select 2")
    assert "migrator started" in entrypoint(*own, "--", "true").err
    (tmp_path / "alembic" / "data" / "circle").symlink_to("..")
    circle = entrypoint(*own, "--", "true")
    assert circle.code == 0 and "circle cannot be read: it is a link to" in circle.err
    assert "because its inputs cannot be read: " in circle.err and "migrator started" in circle.err


def test_check_mode_starts_only_when_nothing_is_pending(entrypoint, project, database):
    check = [*UPGRADE, "--migrate", "check", "--", "echo", "started"]
    refused = entrypoint(*check)
    assert refused.code == 75 and refused.out == "" and not database.exists("alembic_version")
    project.alembic("upgrade", "head", url=database.url)
    assert entrypoint(*check).out == "started\n"


def test_offline_sql_runs_as_a_migration_of_ours(entrypoint, project, database, migrations):
    script = project.alembic("upgrade", "head", "--sql").stdout
    assert "BEGIN" in script and "COMMIT" in script
    done = entrypoint("migrate", migrations={"1_from_alembic.sql": script})
    assert done.code == 0, done.err
    assert database.exists("a1") and database.exists("b2") and version(database) == "b2"


def test_the_way_over_to_sql_files_by_a_baseline(entrypoint, project, database, migrations):
    assert entrypoint(*UPGRADE, "--", "true").code == 0
    project.alembic("upgrade", "head", url=database.url)
    files = {"1_from_alembic.sql": project.alembic("upgrade", "head", "--sql").stdout,
             "2_next.sql": "create table next (id integer);"}
    # The twin: without the baseline the first file would run again.
    assert entrypoint("migrate", "--allow-existing", migrations=files).code == 76
    assert entrypoint("baseline", "1", migrations=files).code == 0
    assert entrypoint("migrate", migrations=files).code == 0
    assert database.exists("next") and database.history("kind, version") == [("baseline", "1"), ("versioned", "2")]
