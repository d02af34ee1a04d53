"""--user and --chown: the application's rights; the preparation keeps the starting user's."""

import grp
import os
import pwd

import pytest

ONE = {"0001_one.sql": "create table one (id integer);"}
SHOW = ["--", "sh", "-c", "id -u; id -g; id -G; echo $HOME; grep -E '^(Uid|Gid)' /proc/self/status"]

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")


def assert_runs_as(run, uid, gid, groups, home):
    assert run.code == 0, run.err
    shown = run.out.splitlines()
    assert shown[:2] == [str(uid), str(gid)]
    assert sorted(map(int, shown[2].split())) == sorted(groups)
    assert shown[3] == home
    assert shown[4].split()[1:] == [str(uid)] * 4 and shown[5].split()[1:] == [str(gid)] * 4


@pytest.mark.parametrize("options", [[], ["--exec"]], ids=["supervised", "exec"])
def test_a_name_gives_uid_gid_groups_and_home(entrypoint, options):
    account = pwd.getpwnam("postgres")
    groups = os.getgrouplist("postgres", account.pw_gid)
    run = entrypoint(*options, "--user", "postgres", *SHOW, migrations=ONE)
    assert_runs_as(run, account.pw_uid, account.pw_gid, groups, account.pw_dir)


def test_numbers_need_no_account(entrypoint):
    assert_runs_as(entrypoint("--user", "12345:54321", *SHOW, migrations=ONE), 12345, 54321, [54321], "/")


def test_a_number_without_account_and_group_is_told_to_keep_group_0(entrypoint):
    told = "--user has no entry in /etc/passwd and no group: the application runs with group 0"
    run = entrypoint("--user", "12345", *SHOW, migrations=ONE)
    assert_runs_as(run, 12345, 0, [0], "/")
    assert run.err.count(told) == 1 and 'user=12345 hint="write 12345:12345"' in run.err
    for user in ("12345:54321", "postgres", "0"):
        assert told not in entrypoint("--user", user, *SHOW).err


def test_a_group_by_name_replaces_the_others(entrypoint):
    gid = grp.getgrnam("daemon").gr_gid
    run = entrypoint("--user", "postgres:daemon", *SHOW, migrations=ONE)
    assert_runs_as(run, pwd.getpwnam("postgres").pw_uid, gid, [gid], pwd.getpwnam("postgres").pw_dir)


@pytest.mark.parametrize("user", ["nosuchuser", "postgres:nosuchgroup", ":", "1000:"])
def test_an_unknown_user_is_78_before_anything_happens(entrypoint, database, user):
    run = entrypoint("--user", user, "--", "echo", "started", migrations=ONE)
    assert run.code == 78 and "--user" in run.err
    assert "started" not in run.out and not database.exists("one")


@pytest.mark.parametrize("within, word", [(["setpriv", "--bounding-set", "-setuid,-setgid"], "CAP_SETUID"),
                                          (["unshare", "--user", "--map-root-user"], "user namespace")],
                         ids=["no capability", "user namespace"])
@pytest.mark.parametrize("mode", [[], ["--exec"]], ids=["supervised", "exec"])
def test_a_user_that_we_cannot_become_is_78_before_the_database_is_touched(entrypoint, database, within, word, mode):
    run = entrypoint(*mode, "--user", "12345:54321", "--", "echo", "started", migrations=ONE, within=within)
    assert run.code == 78 and "--user: cannot become 12345:54321: setgroups" in run.err and word in run.err
    assert "database answered" not in run.err and not database.exists("one")


def test_the_current_user_needs_no_capability(entrypoint, database):
    run = entrypoint("--user", "0:0", "--", "echo", "started", migrations=ONE,
                     within=["setpriv", "--bounding-set", "-setuid,-setgid", "--clear-groups"])
    assert (run.code, run.out) == (0, "started\n"), run.err


def test_a_command_that_the_user_may_not_execute_is_126_before_the_database_is_touched(entrypoint, database, folder):
    program = folder / "server"
    program.write_text("#!/bin/sh\necho started\n")
    program.chmod(0o700)
    run = entrypoint("--user", "12345:54321", "--", program, migrations=ONE)
    assert run.code == 126 and "permission denied for uid 12345" in run.err
    assert "database answered" not in run.err and not database.exists("one")
    run = entrypoint("--user", "12345:54321", "--chown", folder, "--", program, migrations=ONE)  # then it may
    assert (run.code, run.out) == (0, "started\n"), run.err


def test_a_command_that_only_its_user_may_see_is_run(entrypoint, folder):
    program = folder / "server"
    program.write_text("#!/bin/sh\necho started\n")
    program.chmod(0o500)
    folder.chmod(0o700)
    for path in (program, folder):
        os.chown(path, 12345, 54321)
    run = entrypoint("--user", "12345:54321", "--", program, migrations=ONE,
                     within=["setpriv", "--bounding-set", "-dac_override,-dac_read_search"])
    assert (run.code, run.out) == (0, "started\n"), run.err


def test_the_preparation_keeps_the_starting_user(entrypoint, database, folder):
    secret = folder / "url"
    secret.write_text(database.url)
    secret.chmod(0o400)
    run = entrypoint("--user", "nobody", "--", "sh", "-c", "cat $DATABASE_URL_FILE >/dev/null 2>&1 || echo cannot",
                     migrations=ONE, env={"DATABASE_URL": None, "DATABASE_URL_FILE": secret})
    assert (run.code, run.out) == (0, "cannot\n")
    assert database.applied() == ["1"]


def test_chown_gives_the_whole_tree_and_follows_no_link(entrypoint, folder, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("root's")
    (folder / "deep" / "deeper").mkdir(parents=True)
    (folder / "deep" / "file").write_text("x")
    (folder / "link").symlink_to(outside)
    (folder / "file_link").symlink_to(outside / "kept")
    run = entrypoint("--user", "12345:54321", "--chown", folder, "--", "sh", "-c", f"echo y > {folder}/deep/deeper/new", migrations=ONE)
    assert run.code == 0, run.err
    for path in (folder, folder / "deep", folder / "deep" / "deeper", folder / "deep" / "file", folder / "deep" / "deeper" / "new"):
        assert (path.stat().st_uid, path.stat().st_gid) == (12345, 54321)
    assert (folder / "link").lstat().st_uid == 12345
    assert outside.stat().st_uid == 0 and (outside / "kept").stat().st_uid == 0


def test_chown_comes_before_waiting(entrypoint, folder):
    run = entrypoint("--user", "12345", "--chown", folder, "--wait-timeout", "200ms", "--", "true", migrations=ONE,
                     env={"DATABASE_URL": "postgresql://127.0.0.1:1/app"})
    assert run.code == 69
    assert folder.stat().st_uid == 12345


def test_chown_of_a_directory_that_is_not_there_is_an_error(entrypoint, database, tmp_path):
    run = entrypoint("--user", "12345", "--chown", tmp_path / "nosuch", "--", "echo", "started", migrations=ONE)
    assert run.code == 78 and "nosuch" in run.err
    assert "started" not in run.out and not database.exists("one")


def test_chown_without_user_is_64(entrypoint, tmp_path):
    run = entrypoint("--chown", tmp_path, "--", "echo", "started", migrations=ONE)
    assert run.code == 64 and "--user" in run.err
