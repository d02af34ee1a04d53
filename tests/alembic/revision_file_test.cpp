#include "alembic/revision_file.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

namespace {

using Words = std::vector<std::string>;

/// A file whose four names are these lines.
pge::Result<pge::Revision> parse(const std::string& lines) {
  return pge::parse_revision("versions/a.py", "\"\"\"what it does\n\nRevision ID: a\n\"\"\"\n" + lines);
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
      {"revision = None\ndown_revision = 'x'\nrevision = 'y'\n", 5, "revision"},
      {"revision = 'a'\nrevision = 'b'\n", 6, "revision"},
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

TEST_CASE("a file without a revision, and a string without an end") {
  const auto none = parse("down_revision = None\n");
  REQUIRE_FALSE(none);
  CHECK(none.error().message == "no revision is declared here");
  for (const std::string lines : {"x = 'a\n", "x = '''a\n", "def f():\n  \"\"\"a\n"}) {
    INFO(lines);
    const auto broken = parse("revision = 'a'\n" + lines);
    REQUIRE_FALSE(broken);
    CHECK(broken.error().message == "this string has no end");
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

TEST_CASE("the version table as env.py names it") {
  using pge::find_keyword_argument;
  const auto plain =
      find_keyword_argument("context.configure(\n  connection=c,\n  version_table='v',\n)", "version_table");
  CHECK((plain.present && plain.certain && plain.value == "v"));
  const auto computed = find_keyword_argument("configure(version_table=f'{x}_v')", "version_table");
  CHECK((computed.present && !computed.certain));
  const auto called = find_keyword_argument("configure(version_table=config.get('v'))", "version_table");
  CHECK((called.present && !called.certain));
  const auto two = find_keyword_argument("configure(version_table='a')\nconfigure(version_table='b')", "version_table");
  CHECK((two.present && !two.certain));
  const auto same =
      find_keyword_argument("configure(version_table='a')\nconfigure(version_table='a')", "version_table");
  CHECK((same.present && same.certain));
  CHECK_FALSE(find_keyword_argument("# version_table='a'\nconfigure(x='version_table=1')", "version_table").present);
}
