"""The instructions of the recipes' pages: a test takes them from there, so that it and its page cannot drift apart."""

import json
import re
import shlex
from types import SimpleNamespace

from conftest import ROOT


def dockerfile(text):
    """entrypoint and cmd, the words of their JSON lists, and env, of the instructions of a Dockerfile."""
    found = SimpleNamespace(entrypoint=[], cmd=[], env={})
    for name, _, rest in (line.partition(" ") for line in text.replace("\\\n", " ").splitlines()):
        if name in ("ENTRYPOINT", "CMD"):
            setattr(found, name.lower(), json.loads(rest))
        elif name == "ENV":
            found.env |= {key: value.replace("\\$", "$") for key, _, value in (word.partition("=") for word in shlex.split(rest))}
    return found


def instructions(page):
    """{title: dockerfile()} of each section that has a block with ENTRYPOINT.

    page: a recipe, or a path from the top of the tree.
    """
    found = {}
    path = ROOT / page if "/" in page else ROOT / "docs/recipes" / page
    for section in re.split(r"\n##+ ", path.read_text())[1:]:
        block = re.search(r"```dockerfile\n(.*?)```", section, re.DOTALL)
        if not block:
            continue
        read = dockerfile(block[1])
        if read.entrypoint:
            found[section.partition("\n")[0]] = read
    return found
