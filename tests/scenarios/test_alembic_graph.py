"""The graph as we read it without Python, against what Alembic itself says: heads, branches, merges, history."""

import json
import os
import re

import pytest

from alembic_project import AlembicProject


def line_of_500(project):
    project.revision("r0")
    for number in range(1, 500):
        project.revision(f"r{number}", f"r{number - 1}")


def branches_and_merge(project):
    for name, down in [("root", None), ("left1", "root"), ("left2", "left1"), ("right1", "root"), ("right2", "right1"),
                       ("merged", ("left2", "right2")), ("after", "merged")]:
        project.revision(name, down)


def open_branches(project):
    for name, down in [("root", None), ("left", "root"), ("right", "root"), ("left2", "left")]:
        project.revision(name, down)


def depends_on(project):
    project.revision("core1", None, branch_labels=("core",))
    project.revision("core2", "core1")
    project.revision("addon1", None, depends_on="core2", branch_labels=["addon"])
    project.revision("addon2", "addon1")


def two_version_locations(project):
    more = project.folder / "more"
    project.configure("version_locations = %(here)s/alembic/versions %(here)s/more\nversion_path_separator = space\n")
    project.revision("one")
    project.revision("two", "one", folder=more)
    project.revision("three", "two")


def links(project):
    """A linked file, one under another name, one that is there twice, and a linked folder, which is not entered."""
    project.configure("version_locations = %(here)s/alembic/versions %(here)s/more\nversion_path_separator = space\n"
                      "recursive_version_locations = true\n")
    project.revision("one", folder=project.folder / "elsewhere")
    project.revision("two", "one", folder=project.folder / "elsewhere")
    project.revision("three", "two", folder=project.versions / "sub")
    project.revision("four", "three", folder=project.folder / "not_entered")
    (project.versions / "one.py").symlink_to(project.folder / "elsewhere" / "one.py")
    (project.versions / "second").symlink_to(project.folder / "elsewhere" / "two.py")
    (project.folder / "elsewhere" / "text").write_text("no Python")
    (project.versions / "text.py").symlink_to(project.folder / "elsewhere" / "text")
    (project.versions / ".#one.py").symlink_to("somebody@somewhere.1")
    (project.versions / "linked").symlink_to(project.folder / "not_entered")
    (project.folder / "more").symlink_to(project.versions / "sub")


def two_roots(project):
    for name, down in [("x1", None), ("x2", "x1"), ("y1", None), ("y2", "y1")]:
        project.revision(name, down)


def tuple_of_three_parents(project):
    project.revision("root")
    for name in "abc":
        project.revision(name, "root")
    project.revision("all", ("a", "b", "c"))


SHAPES = [line_of_500, branches_and_merge, open_branches, depends_on, two_version_locations, links, two_roots,
          tuple_of_three_parents]


def ids(text):
    """Of the lines "abc (label) (head), message" and "abc -> def (head), message"."""
    return sorted(match for match in re.findall(r"^(\w+)", text, re.M))


def edges_of_history(text):
    """{revision: parents} from the lines "a, b (deps) -> c (head), message"."""
    edges = {}
    for parents, revision in re.findall(r"^(.*?) -> (\w+)", text, re.M):
        parents = re.sub(r"\(.*?\)", "", parents)
        edges[revision] = sorted(word for word in re.split(r"[ ,]+", parents) if word and word != "<base>")
    return edges


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_it_agrees_with_alembic(entrypoint, tmp_path, shape):
    project = AlembicProject(tmp_path)
    shape(project)
    ours = json.loads(entrypoint("status", "--json").out)
    assert sorted(ours["heads"]) == ids(project.alembic("heads").stdout)
    branches = project.alembic("branches").stdout
    assert sorted(ours["branches"]) == sorted(re.findall(r"^(\w+).*\(branchpoint\)", branches, re.M))
    history = project.alembic("history").stdout
    assert {row["revision"]: sorted(row["down_revision"]) for row in ours["revisions"]} == edges_of_history(history)
    merges = re.findall(r"-> (\w+).*\(mergepoint\)", history)
    assert sorted(ours["merges"]) == sorted(merges)
    # Newest first, as Alembic lists them; between branches each order is right.
    order = [row["revision"] for row in ours["revisions"]]
    theirs = re.findall(r"-> (\w+)", history)
    if not branches.strip() and len(ours["heads"]) == 1:
        assert order == theirs
    for row in ours["revisions"]:
        for parent in row["down_revision"] + [p for p in row["depends_on"] if p in order]:
            assert order.index(row["revision"]) < order.index(parent)
    assert [row["message"] for row in ours["revisions"]] == [f"make {revision}" for revision in order]


@pytest.mark.parametrize("shape,steps", [(branches_and_merge, ["left2", "after"]), (depends_on, ["core1", "addon1"])],
                         ids=["branches_and_merge", "depends_on"])
def test_what_is_applied_agrees(entrypoint, tmp_path, database, shape, steps):
    project = AlembicProject(tmp_path)
    shape(project)
    for target in steps:
        upgrade = project.alembic("upgrade", target, url=database.url)
        ours = json.loads(entrypoint("status", "--json").out)
        applied = {row["revision"] for row in ours["revisions"] if row["status"] == "applied"}
        # What a dependency has brought in is an "effective head": it has no row of its own.
        current = set(ids(project.alembic("current", url=database.url).stdout))
        assert set(ours["current"]) <= current <= applied
        assert set(re.findall(r"Running upgrade .*?-> (\w+)", upgrade.stderr)) <= applied
        assert len(applied) == ours["applied"] == len(ours["revisions"]) - ours["pending"]
    # And nothing that Alembic would still run is called applied.
    left = re.findall(r"-- Running upgrade .*?-> (\w+)", project.alembic("upgrade", f"{target}:heads", "--sql").stdout)
    assert not applied & set(left)


def test_check_and_status(entrypoint, tmp_path, database):
    project = AlembicProject(tmp_path)
    project.table("a1")
    project.table("b2", "a1")
    behind = entrypoint("check")
    assert (behind.code, behind.out) == (3, "pending a1 make a1\npending b2 make b2\n")
    project.alembic("upgrade", "head", url=database.url)
    assert entrypoint("check").code == 0
    assert re.search(r"^applied +b2 +a1 +make b2  \(head\)$", entrypoint("status").out, re.M)
    (tmp_path / "alembic" / "versions" / "b2.py").unlink()
    unproven = entrypoint("check")
    assert unproven.code == 3 and "the database is at b2, which no file here declares" in unproven.out
    assert re.search(r"^unknown +b2", entrypoint("status").out, re.M)
    assert json.loads(entrypoint("status", "--json").out)["judgement"] == "unknown"
    project.table("b2", "a1")
    assert entrypoint("--migrator", "alembic upgrade head", "--", "true").code == 0
    (tmp_path / "alembic" / "versions" / "b2.py").unlink()
    ahead = entrypoint("check")
    assert ahead.code == 0 and "ahead of this image" in ahead.err
    assert "the database is ahead of it\nlock key: " in entrypoint("status").out
    document = json.loads(entrypoint("status", "--json").out)
    assert document["judgement"] == "ahead" and document["pending"] == 0
    project.table("c3", "a1")
    project.table("d4", "a1")
    heads = entrypoint("check")
    assert heads.code == 65 and "Alembic has 2 heads: c3, d4" in heads.err


def test_pyproject_and_a_folder_name_the_project(entrypoint, tmp_path):
    project = AlembicProject(tmp_path)
    project.revision("a1")
    by_ini = entrypoint("status").out
    (tmp_path / "alembic.ini").unlink()
    assert entrypoint("status", "--alembic", "alembic").out == by_ini
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n[tool.alembic]\nscript_location = "%(here)s/alembic"\n')
    assert entrypoint("status").out == by_ini
    assert entrypoint("status", "--alembic", "pyproject.toml").out == by_ini
    (tmp_path / "pyproject.toml").unlink()
    assert entrypoint("status").code == 66


def test_migrations_of_ours_go_before_an_alembic_project(entrypoint, tmp_path, migrations):
    AlembicProject(tmp_path).revision("a1")
    assert "mine" in entrypoint("status", migrations={"1_mine.sql": "select 1"}).out


@pytest.mark.parametrize("name", ["alembic.ini", "alembic/env.py", "alembic/versions/pipe.py"])
def test_a_pipe_where_a_file_should_be_does_not_hang(entrypoint, tmp_path, name):
    AlembicProject(tmp_path).revision("a1")
    path = tmp_path / name
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    run = entrypoint("status", "--alembic", "alembic.ini")
    assert run.seconds < 5 and (run.code in (66, 78) or name.endswith("env.py")), run.err


# What a file b.py may look like, beside a.py with the revision a, label lib. Alembic itself says what it means.
SPELLINGS = {
    "semicolons": "x = 1; revision = 'b'; down_revision = 'a'",
    "form_feed": "\frevision = 'b'\n  \fdown_revision = 'a'",
    "import_star": "from os.path import *\nrevision = 'b'\ndown_revision = 'a'",
    "twice": "revision = 'x'\ndown_revision = None\nrevision = 'b'\ndown_revision = 'a'",
    "annotated": "from typing import *\nrevision: str = 'b'\ndown_revision: Union[str, None] = 'a'",
    "concatenated": "revision = ('b'\n  '2')\ndown_revision = 'a' ''",
    "parenthesised_value": "revision = (('b'))\ndown_revision = (['a'])",
    "none_in_a_tuple": "revision = 'b'\ndown_revision = (None,)",
    "same_parent_twice": "revision = 'b'\ndown_revision = ('a', 'a')",
    "depends_on_a_label": "revision = 'b'\ndown_revision = None\ndepends_on = ('lib',)",
    "blank_in_the_id": "revision = 'b c'\ndown_revision = 'a'",
    "parenthesised_target": "(revision) = 'b'\ndown_revision = 'a'",
    "target_in_brackets": "[revision] = ['b']\ndown_revision = 'a'",
    "targets_in_a_tuple": "(revision, down_revision) = ('b', 'a')",
    "chained": "revision = x = 'b'\ndown_revision = 'a'",
    "walrus": "print(revision := 'b')\ndown_revision = 'a'",
    "walrus_in_a_default": "revision = 'x'\ndown_revision = 'a'\ndef f(y=(revision := 'b')): pass",
    "list_changed": "revision = 'b'\ndown_revision = ['a']\ndown_revision.append('a')",
    "after_an_if": "revision = 'b'\nif True: x = 1; down_revision = 'a'",
    "global": "revision = 'x'\ndown_revision = 'a'\ndef f():\n  global revision\n  revision = 'b'\nf()",
    "dash": "revision = 'b-2'\ndown_revision = 'a'",
    "at": "revision = 'b@2'\ndown_revision = 'a'",
    "plus": "revision = 'b+2'\ndown_revision = 'a'",
    "label_as_parent": "revision = 'b'\ndown_revision = 'lib'",
    "label_among_parents": "revision = 'b'\ndown_revision = ('a', 'lib')",
    "label_of_another": "revision = 'b'\ndown_revision = 'a'\nbranch_labels = ('lib',)",
    "label_like_an_id": "revision = 'b'\ndown_revision = 'a'\nbranch_labels = ('a',)",
    "empty_parent": "revision = 'b'\ndown_revision = ''",
    "parent_without_a_file": "revision = 'b'\ndown_revision = 'gone'",
}
REFUSED_BY_US_ALONE = {"parenthesised_target", "target_in_brackets",
                       "targets_in_a_tuple", "chained", "walrus", "walrus_in_a_default", "list_changed", "after_an_if",
                       "global"}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_spelling_means_what_alembic_says_or_is_refused(entrypoint, tmp_path, spelling):
    project = AlembicProject(tmp_path)
    project.revision("a", None, branch_labels=("lib",))
    (project.versions / "b.py").write_text(SPELLINGS[spelling] + "\ndef upgrade(): pass\ndef downgrade(): pass\n")
    theirs = project.alembic("history", check=False)
    ours = entrypoint("status", "--json")
    if theirs.returncode != 0 or spelling in REFUSED_BY_US_ALONE:
        assert ours.code == 65, (ours.out, theirs.stdout)
        return
    assert ours.code == 0, ours.err
    read = json.loads(ours.out)
    history = {revision: parents for parents, revision in re.findall(
        r"^(.*?)(?: \(\w+\))? -> (.*?)(?: \(.*)?, $", theirs.stdout, re.M)}
    history["a"] = "<base>"
    assert {row["revision"]: ", ".join(row["down_revision"]) or "<base>" for row in read["revisions"]} == history
    assert sorted(read["branches"]) == sorted(re.findall(r"^(\w+).*\(branchpoint\)", theirs.stdout, re.M))
    heads = re.findall(r"^(.*?)(?: \(\w+\))? \((?:effective )?head\)", project.alembic("heads").stdout, re.M)
    assert sorted(read["heads"]) == sorted(heads)
