"""The commands of README and docs, as they stand there: each block is run, or says why no test can do that."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import uuid

import pytest

from alembic_project import AlembicProject
from command_blocks import DOCKER, documentation, engine_answers, programs, run, tree_as_the_engine_names_it
from conftest import BINARY, ROOT
from runner import until
from standins import StandIns

DOCS = documentation()
BLOCKS = {block.name: block for block in DOCS.command_blocks()}
BUILT = ROOT / "build/asan-ubsan/entrypoint/pg-entrypoint"
# An image with a PATH that has the entrypoint, and no migration files.
IMAGE = "pg-entrypoint/foreign:debian12"
MIGRATIONS = {"0001_votes.sql": "create table votes (id integer);\n-- migrate:down\ndrop table votes;\n"}

# Run in the tree: {block: words that are replaced}. `dev` is built by nobody who only tests; and tests that run all tests would
# not end.
BUILD = [("preset dev", "preset asan-ubsan")]
IN_THE_TREE = {
    "README.md: scripts/demo": [("scripts/test", "scripts/test layers")],
    "README.md: scripts/engine": [],
    "CONTRIBUTING.md: scripts/docs": [],
    "CONTRIBUTING.md: scripts/dev cmake --preset dev": [*BUILD, ("build/dev", "build/asan-ubsan")],
    "CONTRIBUTING.md: scripts/dev cmake --build --preset dev": [
        *BUILD, ("-L unit", "-L unit -R core"), ("release scenarios", "layers"), ("release container", "layers")],
    "CONTRIBUTING.md: scripts/dev tests/with-postgres sh -c 'DATABASE_URL=$PGE_TEST_URL build/dev/entrypoint/pg-entrypoint migrate'":
        [("build/dev", "build/asan-ubsan")],
    "deploy/README.md: kustomize build deploy/kubernetes/overlays/job": [],
    "THIRD_PARTY_LICENSES.md: docker build --target binary --build-arg BASE_IMAGE=IMAGE-WITH-YOUR-GLIBC -t pg-entrypoint .":
        [("IMAGE-WITH-YOUR-GLIBC", os.environ.get("BASE_IMAGE", ""))],
}
IN_A_FOLDER = {
    "README.md: docker exec CONTAINER pg-entrypoint status",
    "README.md: docker run --rm -e DATABASE_URL --entrypoint pg-entrypoint IMAGE status",
    "docs/migrating-from.md: docker run --rm -e DATABASE_URL --entrypoint pg-entrypoint IMAGE baseline V",
    "docs/migrating-from.md: for up in *.up.sql; do",
    "docs/migrating-from.md: for file in V*__*.sql; do",
    'docs/migrations.md: docker run --rm --user "$(id -u)" -v "$PWD/migrations:/migrations" pg-entrypoint new add_votes',
    "docs/migrations.md: pg-entrypoint status",
    "docs/recipes/alembic.md: mkdir -p migrations",
    "docs/recipes/knex.md: PG_ENTRYPOINT_MIGRATOR=\"sh -c 'node_modules/.bin/knex migrate:unlock && node_modules/.bin/knex migrate:latest'\"",
}


def test_each_block_is_run_or_says_why_not():
    assert {name for name, block in BLOCKS.items() if not block.outside} == IN_THE_TREE.keys() | IN_A_FOLDER
    assert list(DOCS.too_many_outside(list(BLOCKS.values()))) == []


@pytest.fixture(scope="module")
def tree():
    if not engine_answers():
        pytest.skip("no container engine answers here")
    return tree_as_the_engine_names_it()


@pytest.fixture
def environment(database, tmp_path):
    kept = ("PATH", "PGE_HOST_ROOT", "BASE_IMAGE", "POSTGRES_IMAGE", "DEVTOOLS_IMAGE", "DOCKER_BUILDKIT", "COMPOSE_DOCKER_CLI_BUILD")
    return {name: os.environ[name] for name in kept if os.environ.get(name)} | {
        "HOME": str(tmp_path), "DATABASE_URL": database.url, "TEST_LOGS": f"{tmp_path}/logs"}


@pytest.mark.parametrize("name", IN_THE_TREE)
def test_commands_in_the_tree(tree, environment, name):
    if "asan-ubsan" in str(IN_THE_TREE[name]) and not BUILT.exists():
        pytest.skip("it was not built: scripts/test build")
    if "IMAGE-WITH-YOUR-GLIBC" in name and "BASE_IMAGE" not in environment:
        pytest.skip("the base image has the usual name")
    assert run(BLOCKS[name], tree, environment, IN_THE_TREE[name]) == []


@pytest.fixture
def folder():
    """A directory that every user may write to."""
    with tempfile.TemporaryDirectory(prefix="pge-block.") as directory:
        path = pathlib.Path(directory)
        path.chmod(0o777)
        yield path


def write(folder, files):
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)


@pytest.fixture
def mounted(tree):
    """A directory that the engine can mount under the name that it has here, with migration files."""
    path = tree / "build/command-blocks" / uuid.uuid4().hex[:8]
    path.mkdir(parents=True)
    write(path / "migrations", MIGRATIONS)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def with_engine(mounted, environment, tmp_path):
    """As `environment`, with containers on the database's network."""
    path = programs(tmp_path / "bin", docker=DOCKER.format(docker=shutil.which("docker")))
    return environment | {"PATH": f"{path}:{environment['PATH']}"}


@pytest.fixture
def with_binary(environment, tmp_path):
    """As `environment`, with pg-entrypoint in PATH."""
    path = programs(tmp_path / "bin", **{"pg-entrypoint": BINARY})
    return environment | {"PATH": f"{path}:{environment['PATH']}"}


def block(start):
    (name,) = [name for name in IN_A_FOLDER if name.startswith(start)]
    return BLOCKS[name]


def with_files(mounted):
    return f"-v {mounted}/migrations:/migrations:ro {IMAGE}"


def test_status_in_a_container_that_runs(mounted, with_engine, database):
    name = f"pge-block-{mounted.name}"
    start = ["docker", "run", "-d", "--rm", "--name", name, "-e", "DATABASE_URL", *with_files(mounted).split(), "--", "sleep", "60"]
    subprocess.run(start, env=with_engine, check=True, capture_output=True, timeout=60)
    try:
        until(lambda: database.applied() == ["1"], 20)
        assert run(block("README.md: docker exec"), mounted, with_engine, [("CONTAINER", name)]) == []
    finally:
        subprocess.run(["docker", "rm", "-f", name], check=True, capture_output=True, timeout=60)


def test_status_without_a_container(mounted, with_engine):
    assert run(block("README.md: docker run"), mounted, with_engine, [("IMAGE", with_files(mounted))]) == []


def test_a_baseline_with_the_new_image(mounted, with_engine, database):
    database.execute("create table votes (id integer)")
    replaced = [("IMAGE", with_files(mounted)), ("baseline V", "baseline 1")]
    assert run(block("docs/migrating-from.md: docker run"), mounted, with_engine, replaced) == []
    assert database.history("kind, version") == [("baseline", "1")]


def test_a_new_file_without_an_installed_binary(mounted, with_engine):
    assert run(block("docs/migrations.md: docker run"), mounted, with_engine) == []
    assert sorted(path.name.partition("_")[2] for path in (mounted / "migrations").iterdir()) == ["add_votes.sql", "votes.sql"]


def test_the_commands_at_the_desk(folder, with_binary, database):
    write(folder / "migrations", MIGRATIONS)
    assert run(block("docs/migrations.md: pg-entrypoint"), folder, with_binary) == []
    assert database.history() == [] and not database.exists("votes")


def test_two_files_of_golang_migrate_become_one(folder, with_binary, database):
    write(folder, {"1_a.up.sql": "create table a (id integer);", "1_a.down.sql": "drop table a;", "2_b.up.sql": "create table b (id integer);"})
    assert run(block("docs/migrating-from.md: for up"), folder, with_binary) == []
    assert sorted(path.name for path in folder.iterdir()) == ["1_a.sql", "2_b.sql"]
    assert [("-- migrate:down" in path.read_text()) for path in sorted(folder.iterdir())] == [True, False]
    subprocess.run([BINARY, "migrate", "--dir", folder], env=with_binary, check=True, capture_output=True, timeout=60)
    assert database.applied() == ["1", "2"]


def test_files_of_flyway_get_another_name(folder, with_binary, database):
    write(folder, {"V1__a.sql": "create table a (id integer);", "V12__b_c.sql": "create table b (id integer);"})
    assert run(block("docs/migrating-from.md: for file"), folder, with_binary) == []
    assert sorted(path.name for path in folder.iterdir()) == ["12_b_c.sql", "1_a.sql"]
    subprocess.run([BINARY, "migrate", "--dir", folder], env=with_binary, check=True, capture_output=True, timeout=60)
    assert database.applied() == ["1", "12"]


def test_from_alembic_to_files(folder, with_binary, database):
    project = AlembicProject(folder)
    project.table("a1")
    project.table("a2", "a1")
    project.alembic("upgrade", "head", url=database.url)
    assert run(block("docs/recipes/alembic.md"), folder, with_binary | {"PG_ENTRYPOINT_MIGRATOR": "false"}) == []
    assert database.history("kind, version") == [("baseline", "1")]
    assert "CREATE TABLE" in (folder / "migrations/0001_from_alembic.sql").read_text().upper()


def test_knex_gives_its_lock_back_first(folder, database, entrypoint):
    shown = block("docs/recipes/knex.md")
    programs_of_knex = StandIns(folder)
    programs_of_knex.add("node_modules/.bin/knex")
    (folder / "node_modules/.bin/knex").write_text('#!/bin/sh\necho "$@" >>"$CALLS"\n')
    said = subprocess.run(["bash", "-euc", f'{shown.text}printf %s "$PG_ENTRYPOINT_MIGRATOR"'], capture_output=True, text=True, check=True)
    done = entrypoint("migrate", cwd=folder, env=programs_of_knex.environment | {"PG_ENTRYPOINT_MIGRATOR": said.stdout})
    assert done.code == 0 and programs_of_knex.calls == ["migrate:unlock", "migrate:latest"], done.err


PAGE = """
```sh
echo one
```

<!-- output -->
```text
o…e
```

<!-- outside: the moon -->
```sh
fly
```

```sh
#!/bin/sh
a file
```

1. In a list:

   ```sh
   echo two
   exit 3
   ```
"""


@pytest.fixture
def page(monkeypatch, tmp_path):
    """page(text): the blocks of a tree with that one page."""

    def write_page(text):
        (tmp_path / "tree").mkdir(exist_ok=True)
        (tmp_path / "tree/A.md").write_text(text)
        monkeypatch.setattr(DOCS, "ROOT", tmp_path / "tree")
        return DOCS.command_blocks()

    return write_page


def test_blocks_are_found_with_what_is_said_of_them(page):
    assert [(one.line, one.text, one.outside, one.output) for one in page(PAGE)] == [
        (2, "echo one\n", "", "o…e\n"), (12, "fly\n", "the moon", ""), (23, "echo two\nexit 3\n", "", "")]


def test_a_block_that_is_broken_on_purpose_is_found(page, tmp_path):
    sound, _, broken = page(PAGE)
    environment = {"PATH": os.environ["PATH"]}
    assert run(sound, tmp_path, environment) == []
    assert run(broken, tmp_path, environment) == ["A.md:23: exit code 3: two\n"]
    (other, *_) = page(PAGE.replace("o…e", "o…f"))
    assert "prints\none\n" in run(other, tmp_path, environment)[0]
    # Not only the last command counts.
    (early,) = page("```sh\nfalse\ntrue\n```\n")
    assert run(early, tmp_path, environment) != []


def test_more_than_a_fifth_outside_is_too_much(page):
    one, outside, _ = page(PAGE)
    assert list(DOCS.too_many_outside([one] * 4 + [outside])) == []
    assert list(DOCS.too_many_outside([one] * 3 + [outside])) == [
        "1 of 4 blocks of commands are run by no test; at most one in 5 may be"]


def test_commands_under_another_name_are_not_overlooked():
    assert list(DOCS.hidden_commands(PAGE)) == []
    for fence in ("```bash", "```console", "~~~sh", "``` sh", "```sh title=x"):
        assert list(DOCS.hidden_commands(f"Do:\n\n{fence}\nfly\n```\n")) == [f"{fence}: write ```sh, so that the block is run"]


def test_the_list_names_each_block_and_why_it_is_not_run(page, capsys):
    page(PAGE)
    DOCS.list_blocks()
    assert capsys.readouterr().out.splitlines() == [
        "A.md:2: echo one", "A.md:12: fly   outside: the moon", "A.md:23: echo two", "3 blocks, 1 of them need more than a test has"]
