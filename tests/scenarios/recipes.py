"""The instructions of the recipes' pages: a test takes them from there, so that it and its page cannot drift apart."""

import json
import re
from types import SimpleNamespace

from conftest import ROOT


def instructions(page):
    """{title: entrypoint, cmd} of each section that has a block with ENTRYPOINT; the words of its JSON lists.

    page: a recipe, or a path from the top of the tree.
    """
    found = {}
    path = ROOT / page if "/" in page else ROOT / "docs/recipes" / page
    for section in re.split(r"\n##+ ", path.read_text())[1:]:
        block = re.search(r"```dockerfile\n(.*?)```", section, re.DOTALL)
        if not block:
            continue
        lines = block[1].replace("\\\n", " ").splitlines()
        words = {name: json.loads(rest) for name, _, rest in (line.partition(" ") for line in lines) if name in ("ENTRYPOINT", "CMD")}
        if "ENTRYPOINT" in words:
            found[section.partition("\n")[0]] = SimpleNamespace(entrypoint=words["ENTRYPOINT"], cmd=words.get("CMD", []))
    return found
