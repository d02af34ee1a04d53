"""The check of the documentation finds what it is there for."""

import importlib.util
import re
import subprocess
from importlib.machinery import SourceFileLoader

import pytest

from conftest import ROOT


def script(name):
    loader = SourceFileLoader(name, f"{ROOT}/scripts/lib/{name}")
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


@pytest.fixture
def docs():
    return script("docs")


HELP = """
Waiting:
  --wait-timeout TIME
      give up waiting for the database after this time
      (exit 69); 0: never (default: 1m)
  --quiet
      log warnings and errors only
"""
OPTIONS = {"--wait-timeout TIME": ("PG_ENTRYPOINT_WAIT_TIMEOUT", "1m"), "--quiet": ("PG_ENTRYPOINT_QUIET", "")}
ROW = "| `--wait-timeout TIME` | `PG_ENTRYPOINT_WAIT_TIMEOUT` | `1m` | give up |\n"
ENTRY = "*--wait-timeout* _TIME_\n\tGive up.\n\n\tVariable: *PG_ENTRYPOINT_WAIT_TIMEOUT*. Default: 1m\n\n"


def test_a_default_is_read_from_help_readme_and_man_page(docs):
    assert docs.options_of_help(HELP) == OPTIONS
    assert list(docs.wrong_options("README.md", docs.options_of_readme(ROW), OPTIONS)) == []
    assert list(docs.wrong_options("the man page", docs.options_of_man(ENTRY), OPTIONS)) == []


@pytest.mark.parametrize("row", [ROW.replace("`1m`", "`2m`"), ROW.replace("WAIT_TIMEOUT", "WAITING"), ROW.replace("--wait-timeout", "--wait")])
def test_a_row_that_contradicts_help_is_found(docs, row):
    (problem,) = docs.wrong_options("README.md", docs.options_of_readme(row), OPTIONS)
    assert problem.startswith("README.md: --wait")


@pytest.mark.parametrize("text, problems", [
    ("[a](b.md#one) and [the heading](#two-words)\n\n## Two words\n", []),
    ("[a](c.md)", ["c.md: no such file"]),
    ("[a](b.md#two)", ["b.md#two: no such heading"]),
    ('<picture><source media="x" srcset="dark.svg"><img alt="x" src="light.svg"></picture>', ["dark.svg: no such file"]),
])
def test_a_link_or_a_picture_that_leads_nowhere_is_found(docs, tmp_path, text, problems):
    (tmp_path / "b.md").write_text("# One\n")
    (tmp_path / "light.svg").write_text("<svg/>")
    (tmp_path / "a.md").write_text(text)
    assert list(docs.broken_links(tmp_path / "a.md")) == problems


SOURCE = """
log_.info("files read", {{"count", files.size()}, {"took_ms", took}});
events().event(Level::warning, std::format("{} is odd: {}", a, b), fields);  // info("not this one")
log.debug("statement "
          "sent", {Field::sql("sql", text)});
"""


def test_events_are_found_with_their_level_and_keys(docs, tmp_path, monkeypatch):
    (tmp_path / "entrypoint").mkdir()
    (tmp_path / "entrypoint/one.cpp").write_text(SOURCE)
    monkeypatch.setattr(docs, "ROOT", tmp_path)
    assert [event[1:] for event in docs.logged_events()] == [
        ("info", ["files read"], ["count", "took_ms"]),
        ("warning", [" is odd: "], []),
        ("debug", ["statement sent"], ["sql"]),
    ]


LISTED = """
| level | message | keys | meaning |
|---|---|---|---|
| info | `files read` | `count`, `took_ms` | |
| warning | `… is odd: …` | | |
| debug | `statement sent` | `sql` | |
"""


@pytest.mark.parametrize("listed, problem", [
    (LISTED, None),
    (LISTED.replace("files read", "files seen"), "the event info 'files read' of entrypoint/one.cpp is missing"),
    (LISTED.replace("| warning |", "| info |"), "the event warning ' is odd: ' of entrypoint/one.cpp is missing"),
    (LISTED.replace(", `took_ms`", ""), "files read: took_ms is missing (see entrypoint/one.cpp)"),
    (LISTED + "| info | `files lost` | | |\n", "nothing in entrypoint/ logs 'files lost'"),
])
def test_an_event_that_log_md_does_not_list_is_found(docs, tmp_path, monkeypatch, listed, problem):
    for folder, name, text in (("entrypoint", "one.cpp", SOURCE), ("docs", "log.md", listed)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text(text)
    monkeypatch.setattr(docs, "ROOT", tmp_path)
    problems = list(docs.unlisted_events())
    assert problems == [] if problem is None else f"docs/log.md: {problem}" in problems


def rules_without_a_test(text):
    """Of the table of rules in CONTRIBUTING.md."""
    rows = re.findall(r"^\| \d+ \| .* \| `([^`]+)`: (.*) \|$", text, re.M)
    assert len(rows) == 16
    return [test for file, test in rows if not re.search(rf'(def |TEST_CASE\("){re.escape(test)}[("]', (ROOT / "tests" / file).read_text())]


def test_each_rule_of_a_process_1_has_its_test():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    assert rules_without_a_test(text) == []
    assert rules_without_a_test(text.replace("is_never_signalled", "is_signalled")) == ["test_a_reaped_process_is_signalled"]


EXAMPLES = ["README.md", "compose.yaml", "examples/projectvote-alembic/compose.yaml"]


def wrong_in_compose(text):
    """What is wrong with the application's service: compose stops a service before those that it depends on."""
    service = text[text.index("\n  app:\n"):text.index("\nvolumes:\n")]
    if "\n    depends_on: [db]\n" not in service:
        yield "the database stops together with the application"
    (port,) = re.findall(r"127\.0\.0\.1:([^ \n]+):8000", service)
    if "-" not in port and "APP_PORT=8000-" not in text:
        yield "a second replica has no port"


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_stop_in_order_and_can_be_scaled(name):
    assert list(wrong_in_compose((ROOT / name).read_text())) == []


def test_an_example_without_order_or_ports_is_found():
    text = (ROOT / "README.md").read_text()
    assert list(wrong_in_compose(text.replace("    depends_on: [db]\n", ""))) == ["the database stops together with the application"]
    assert list(wrong_in_compose(text.replace("8000-8009:8000", "8000:8000"))) == ["a second replica has no port"]


def refused_by_compose(text):
    """What Docker Compose says against a file; nothing where it takes it."""
    done = subprocess.run(["docker-compose", "-f", "-", "config", "--quiet"], input=text, text=True, capture_output=True, check=False)
    return done.stderr if done.returncode else ""


def test_compose_takes_the_files_of_the_pages(docs):
    files = [text for page in docs.documents() for text in re.findall(r"```yaml\n(services:.*?)```", page.read_text(), re.DOTALL)]
    assert len(files) >= 3
    assert [said for text in files if (said := refused_by_compose(text))] == []
    (healthy,) = [text for text in files if "healthcheck:" in text]
    assert "healthchek" in refused_by_compose(healthy.replace("healthcheck:", "healthchek:"))


ERRORS = [
    ('return fail(ExitCode::usage, "no such " + name, "see --help");', ("usage", "no such …", "see --help", "")),
    ('return fail(ExitCode::usage, std::format("{1} is {0}; {{}}", what, "it"));', ("usage", "it is …; {}", "", "")),
    ('fail({.code = ExitCode::gave_way, .message = a ? "one" : "two", .next = Next::again()});', ("gave_way", "one / two", "", "yes")),
    ('return invalid_at(source, offset, "no " "end", hint);', ("invalid_migrations", "no end", "…", "")),
    ('error.code = ExitCode::refused;\nerror.hint = "grant it";', ("refused", "", "grant it", "")),
    ('error.message += "; twice";', ("added", "; twice", "", "")),
]


@pytest.mark.parametrize("source, row", ERRORS)
def test_an_error_is_read_from_the_source(source, row, tmp_path, monkeypatch):
    errors = script("errors")
    monkeypatch.setattr(errors, "ROOT", tmp_path)
    file = tmp_path / "entrypoint" / "a.cpp"
    file.parent.mkdir()
    file.write_text(source)
    assert [tuple(found)[:4] for found in errors.rows_of(file)] == [row]


def test_a_message_that_only_the_source_has_is_found(tmp_path, monkeypatch, capsys):
    errors = script("errors")
    table = errors.DOCUMENT.read_text()
    shorter = tmp_path / "errors.md"
    shorter.write_text(table.replace("| no command to run was given |", "| something else |"))
    monkeypatch.setattr(errors, "DOCUMENT", shorter)
    assert errors.main() == 1
    assert "only in the source: | no command to run was given |" in capsys.readouterr().out
