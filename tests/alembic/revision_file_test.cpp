#include "alembic/revision_file.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

namespace {

using Words = std::vector<std::string>;

/// A file whose four names are these lines.
pge::Result<pge::Revision> parse(const std::string& lines) {
  return pge::parse_revision(
      {.path = "versions/a.py", .text = "\"\"\"what it does\n\nRevision ID: a\n\"\"\"\n" + lines});
}

}  // namespace

TEST_CASE("a revision as Alembic's template writes it") {
  const auto revision = parse(R"(
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa

# revision identifiers, used by Alembic.
revision: str = 'ae1027a6acf'
down_revision: Union[str, Sequence[str], None] = '1975ea83b712'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    revision = compute("this is local")
    down_revision = 4
    op.add_column('account', sa.Column('last', sa.DateTime))
)");
  REQUIRE(revision);
  CHECK(revision->id == "ae1027a6acf");
  CHECK(revision->down == Words{"1975ea83b712"});
  CHECK(revision->labels.empty());
  CHECK(revision->message == "what it does");
}

TEST_CASE("parents, labels and dependencies in every plain spelling") {
  const struct {
    std::string value;
    Words expected;
  } table[] = {
      {"None", {}},
      {"()", {}},
      {"[]", {}},
      {"'a'", {"a"}},
      {"(\"a\")", {"a"}},
      {"('a',)", {"a"}},
      {"('a', \"b\")", {"a", "b"}},
      {"['a', 'b',]", {"a", "b"}},
      {"'a', 'b'", {"a", "b"}},
      {"(\n    'a',  # first\n    'b',\n)", {"a", "b"}},
      {"'a' 'b'", {"ab"}},
      {"r'a'", {"a"}},
      {"u'a'", {"a"}},
      {"'''a'''", {"a"}},
      {"'it\\'s'", {"it's"}},
      {"\\\n  'a'", {"a"}},
      {"'a'; x = 1", {"a"}},
      {"'b'; x = 1; y = 2", {"b"}},
      {"(None)", {}},
      {"(None,)", {}},
      {"(('a'))", {"a"}},
      {"(['a'])", {"a"}},
      {"(('a'), ('b'))", {"a", "b"}},
      {"(\"a\"\n 'b', 'c')", {"ab", "c"}},
      {"'a'  # down_revision = 'b'", {"a"}},
  };
  for (const auto& row : table) {
    INFO(row.value);
    for (const std::string name : {"down_revision", "depends_on", "branch_labels"}) {
      const auto revision = parse("revision = 'x'\n" + name + " = " + row.value + "\n");
      REQUIRE(revision);
      CHECK((name == "down_revision" ? revision->down
             : name == "depends_on"  ? revision->depends_on
                                     : revision->labels) == row.expected);
    }
  }
}

TEST_CASE("what Python would have to compute is refused, with its place") {
  const struct {
    std::string lines;
    std::size_t line;
    std::string name;
  } table[] = {
      {"revision = 'a' + 'b'\n", 5, "revision"},
      {"revision = f'{x}'\n", 5, "revision"},
      {"revision = b'a'\n", 5, "revision"},
      {"revision = 'a\\x62'\n", 5, "revision"},
      {"revision = make()\n", 5, "revision"},
      {"revision = other\n", 5, "revision"},
      {"revision = 'a' if x else 'b'\n", 5, "revision"},
      {"revision = ('a', 'b')\n", 5, "revision"},
      {"revision = None\n", 5, "revision"},
      {"revision = 'a'\nrevision = b\n", 6, "revision"},
      {"revision = ('a',)\n", 5, "revision"},
      {"revision = ['a']\n", 5, "revision"},
      {"revision = ''\n", 5, "revision"},
      {"revision = 'a'\ndown_revision = {'b'}\n", 6, "down_revision"},
      {"revision = 'a'\ndown_revision = [x for x in y]\n", 6, "down_revision"},
      {"revision = 'a'\ndown_revision = ('b', c)\n", 6, "down_revision"},
      {"revision = 'a'\ndown_revision += 'b'\n", 6, "down_revision"},
      {"revision, down_revision = 'a', 'b'\n", 5, "down_revision"},
      {"revision = down_revision = 'a'\n", 5, "revision"},
      {"if True:\n    revision = 'a'\n", 6, "revision"},
      {"revision = 'a'\ntry:\n    down_revision = 'b'\nexcept E:\n    down_revision = None\n", 7, "down_revision"},
      {"if True: revision = 'a'\n", 5, "revision"},
      {"from other import revision\n", 5, "revision"},
      {"import x as revision\n", 5, "revision"},
      {"from other import *\nrevision = 'a'\n", 5, "import *"},
      {"revision = 'a'\nfor down_revision in x: pass\n", 6, "down_revision"},
      {"revision = 'a'\nprint(down_revision := 'b')\n", 6, "down_revision"},
      {"revision = 'a'\ndel down_revision\n", 6, "down_revision"},
      // Other targets.
      {"(revision) = 'x'\n", 5, "revision"},
      {"[revision] = ['x']\n", 5, "revision"},
      {"(revision, down_revision) = 'a', None\n", 5, "down_revision"},
      {"[revision, down_revision] = 'a', None\n", 5, "down_revision"},
      {"(revision): str = 'x'\n", 5, "revision"},
      {"*revision, x = 'ab'\n", 5, "revision"},
      {"revision = 'a'\nx = (down_revision) = 'b'\n", 6, "down_revision"},
      {"revision = 'a'\nx, (y, down_revision) = z\n", 6, "down_revision"},
      {"revision = 'a'\nfor (x, down_revision) in y: pass\n", 6, "down_revision"},
      {"revision = 'a'\nwith x as (down_revision, y): pass\n", 6, "down_revision"},
      {"revision = 'a'\nwith (x as down_revision): pass\n", 6, "down_revision"},
      {"revision = 'a'\ntry:\n  x\nexcept E as down_revision:\n  pass\n", 8, "down_revision"},
      {"revision = 'a'\nmatch x:\n  case [down_revision]: pass\n", 7, "down_revision"},
      {"revision = 'a'\nmatch x:\n  case 1: down_revision = 'b'\n", 7, "down_revision"},
      {"revision = 'a'\nx = [down_revision := 'b' for y in z]\n", 6, "down_revision"},
      {"revision = 'a'\ndef f(x=(down_revision := 'b')): pass\n", 6, "down_revision"},
      {"revision = 'a'\n@f(down_revision := 'b')\ndef g(): pass\n", 6, "down_revision"},
      {"revision = 'a'\ndef down_revision(): pass\n", 6, "down_revision"},
      {"revision = 'a'\nclass depends_on: pass\n", 6, "depends_on"},
      {"revision = 'a'\nasync def depends_on(): pass\n", 6, "depends_on"},
      {"revision = 'a'\nfrom x import (y as z, depends_on)\n", 6, "depends_on"},
      {"revision = 'a'\nimport revision.x\n", 6, "revision"},
      {"revision = 'a'\ntype revision = int\n", 6, "revision"},
      // A statement on the line of an if belongs to it.
      {"revision = 'a'\nif x: y = 1; down_revision = 'b'\n", 6, "down_revision"},
      {"revision = 'a'\nif x: pass\nelse: down_revision = 'b'\n", 7, "down_revision"},
      {"revision = 'a'\nif (lambda: x)(): down_revision = 'b'\n", 6, "down_revision"},
      {"revision = 'a'; down_revision += 'b'\n", 5, "down_revision"},
      // A list can change after it was written.
      {"revision = 'a'\ndown_revision = ['b']\ndown_revision.append('c')\n", 7, "down_revision"},
      {"revision = 'a'\ndown_revision = ['b']\ndown_revision[0] = 'c'\n", 7, "down_revision"},
      {"revision = 'a'\ndown_revision = ['b']\nx = down_revision\nx.append('c')\n", 7, "down_revision"},
      {"revision = 'a'\ndown_revision = ['b']\nif x:\n  f(down_revision)\n", 8, "down_revision"},
      // Nested sequences, and None among strings.
      {"revision = 'a'\ndown_revision = ('b', ('c',))\n", 6, "down_revision"},
      {"revision = 'a'\ndown_revision = ('b', None)\n", 6, "down_revision"},
      {"revision = 'a'\ndown_revision = ''\n", 6, "down_revision"},
      {"revision = 'a'\ndown_revision = *x, 'b'\n", 6, "down_revision"},
      // Without the name.
      {"revision = 'a'\nglobals()['down_revision'] = 'b'\n", 6, "revision"},
      {"revision = 'a'\nexec('down_revision = 1')\n", 6, "revision"},
      {"revision = 'a'\nsetattr(sys.modules[__name__], 'down_revision', 'b')\n", 6, "revision"},
      {"revision = 'a'\nsys.modules[__name__].down_revision = 'b'\n", 6, "revision"},
      {"revision = 'a'\ndef f():\n  global down_revision\n  down_revision = 'b'\nf()\n", 7, "down_revision"},
      {"revision = 'a'\ndef __getattr__(name): return 'b'\n", 6, "down_revision"},
      {"revision = 'a'\ndown_revision = None\nfrom other import *\n", 7, "import *"},
      {"from .os import *\nrevision = 'a'\ndown_revision = None\n", 5, "import *"},
  };
  for (const auto& row : table) {
    INFO(row.lines);
    const auto revision = parse(row.lines);
    REQUIRE_FALSE(revision);
    CHECK(revision.error().code == pge::ExitCode::invalid_migrations);
    CHECK(revision.error().where.line == row.line);
    CHECK(revision.error().message.contains(row.name));
  }
}

TEST_CASE("the last plain assignment at the top level counts") {
  const std::string others = "down_revision = 'p'\nbranch_labels = None\ndepends_on = None\n";
  const std::string table[] = {
      "x = 1; revision = 'a'\n",
      "import x; y = 2; revision = 'a'; z = 3\n",
      "revision = 'a';\n",
      "\frevision = 'a'\n",
      "  \t\frevision = 'a'\n",
      "x = 1\n\f\nrevision\f=\f'a'\n",
      "revision = 'b'\nrevision = 'a'\n",
      "revision = 'b'; revision = 'a'\n",
      "revision = make()\nrevision: str = 'a'\n",
      "if x:\n  revision = 'b'\nrevision = 'a'\n",
      "(revision) = 'b'\nrevision = 'a'\n",
      "revision = 'a'\nrevision: str\n",
      "revision: Annotated[str, 'b'] = 'a'\n",
      "revision: \"str\" = 'a'\n",
      "revision = 'a'\nclass A: x = 1; revision = 'b'\n",
      "revision = 'a'\ndef f(): x = 1; revision = 'b'\n",
      "revision = 'a'\n@f(revision)\ndef g(x: str = '', *, revision='c') -> None: revision = x\n",
      "revision = 'a'\nx = [revision for revision in y]\nz = lambda: revision\n",
      "revision = 'a'\nif revision == 'b': x = 1\n",
      "revision = 'a'\nfrom x import revision as y\nimport x.revision\nfrom revision import z\n",
      "match = re.match(p, s)\nrevision = 'a'\ncase = match.group(1)\n",
      "revision = 'a'\nop.setattr(x)\nif __name__ == '__main__':\n  main()\n",
  };
  for (const std::string& lines : table) {
    INFO(lines);
    const auto revision = parse(others + lines);
    REQUIRE(revision);
    CHECK(revision->id == "a");
    CHECK(revision->down == Words{"p"});
  }
  CHECK(parse("from other import *\nrevision = 'a'\n" + others));
  CHECK(parse("from sqlalchemy.dialects.postgresql import *\nfrom alembic.op import *\nrevision = 'a'\n"));
}

TEST_CASE("an id that Alembic does not allow is refused") {
  for (const std::string id : {"a-b", "a@b", "a+b", "-", "2024-01-02"}) {
    INFO(id);
    const auto revision = parse("revision = '" + id + "'\n");
    REQUIRE_FALSE(revision);
    CHECK(revision.error().message.contains("does not allow"));
  }
  for (const std::string id : {"a b", "a.b", "a_b", "head", "A/B"}) CHECK(parse("revision = '" + id + "'\n"));
  CHECK(parse("revision = 'a'\nbranch_labels = 'a-b'\n"));
}

TEST_CASE("a file without a revision, and a string without an end") {
  const auto none = parse("down_revision = None\n");
  REQUIRE_FALSE(none);
  CHECK(none.error().message == "no revision is declared here");
  for (const std::string lines : {"x = 'a\n", "x = '''a\n", "def f():\n  \"\"\"a\n"}) {
    INFO(lines);
    const auto broken = parse("revision = 'a'\n" + lines);
    REQUIRE_FALSE(broken);
    CHECK(broken.error().message == "this string is never closed");
  }
  CHECK_FALSE(parse("revision = 'a\n"));
}

TEST_CASE("names that only look alike are nobody's business") {
  const auto revision = parse(
      "revision = 'a'\nmy_revision = f()\nx.revision = 'b'\nprint(revision)\nif revision == 'a':\n  y = revision\n"
      "z = dict(revision='c')\n");
  REQUIRE(revision);
  CHECK(revision->id == "a");
}
