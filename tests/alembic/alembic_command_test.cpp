#include "alembic/alembic_command.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "core/strings.hpp"

namespace {

using Words = std::vector<std::string>;

std::optional<pge::AlembicCommand> parse(const std::string& line) {
  return pge::parse_alembic_command(pge::split(line, " "));
}

/// "ini=… section=… x=… subcommand target", what is not there left out.
std::string describe(const pge::AlembicCommand& command) {
  Words parts;
  if (!command.ini.empty()) parts.push_back("ini=" + command.ini);
  if (!command.pyproject.empty()) parts.push_back("toml=" + command.pyproject);
  if (!command.directory.empty()) parts.push_back("folder=" + command.directory);
  if (command.section != "alembic") parts.push_back("section=" + command.section);
  for (const std::string& argument : command.x_arguments) parts.push_back("x=" + argument);
  if (command.sql) parts.emplace_back("sql");
  if (!command.tag.empty()) parts.push_back("tag=" + command.tag);
  parts.push_back(command.subcommand);
  parts.insert(parts.end(), command.targets.begin(), command.targets.end());
  return pge::joined(parts, " ");
}

}  // namespace

TEST_CASE("Alembic's command line is read as argparse reads it") {
  const struct {
    std::string line;
    std::string expected;
  } table[] = {
      {"alembic upgrade head", "upgrade head"},
      {"/venv/bin/alembic upgrade heads", "upgrade heads"},
      {"alembic -c x.ini upgrade head", "ini=x.ini upgrade head"},
      {"alembic -cx.ini upgrade head", "ini=x.ini upgrade head"},
      {"alembic -c=x.ini upgrade head", "ini=x.ini upgrade head"},
      {"alembic --config x.ini upgrade head", "ini=x.ini upgrade head"},
      {"alembic --config=x.ini upgrade head", "ini=x.ini upgrade head"},
      {"alembic --config=a=b upgrade head", "ini=a=b upgrade head"},
      {"alembic --conf x.ini upgrade head", "ini=x.ini upgrade head"},
      {"alembic --c=x.ini upgrade head", "ini=x.ini upgrade head"},
      {"alembic -config upgrade head", "ini=onfig upgrade head"},
      {"alembic -c upgrade upgrade head", "ini=upgrade upgrade head"},
      {"alembic -c a.ini -c b.ini upgrade head", "ini=b.ini upgrade head"},
      {"alembic -ca.ini --conf=b.ini upgrade head", "ini=b.ini upgrade head"},
      {"alembic -c sub/pyproject.toml -c a.ini upgrade head", "ini=a.ini toml=sub/pyproject.toml upgrade head"},
      {"alembic -n one upgrade head", "section=one upgrade head"},
      {"alembic -none upgrade head", "section=one upgrade head"},
      {"alembic --na one --name two upgrade head", "section=two upgrade head"},
      {"alembic -x a=b -x c upgrade head", "x=a=b x=c upgrade head"},
      {"alembic -xa=b upgrade head", "x=a=b upgrade head"},
      {"alembic -x=a=b upgrade head", "x=a=b upgrade head"},
      {"alembic -x - upgrade head", "x=- upgrade head"},
      {"alembic -q --raiseerr upgrade head", "upgrade head"},
      {"alembic --q --raise upgrade head", "upgrade head"},
      {"alembic -qc x.ini upgrade head", "ini=x.ini upgrade head"},
      {"alembic -qcx.ini upgrade head", "ini=x.ini upgrade head"},
      {"alembic -qqn one -c x -x y upgrade head", "ini=x section=one x=y upgrade head"},
      {"alembic upgrade head --sql", "sql upgrade head"},
      {"alembic upgrade --s a:b", "sql upgrade a:b"},
      {"alembic upgrade --tag v head", "tag=v upgrade head"},
      {"alembic upgrade head --t=v", "tag=v upgrade head"},
      {"alembic upgrade -- head", "upgrade head"},
      {"alembic upgrade --sql -- --sql", "sql upgrade --sql"},
      {"alembic upgrade ae10+2", "upgrade ae10+2"},
      {"alembic upgrade lib@head", "upgrade lib@head"},
      {"alembic -c x.ini stamp head --purge", "ini=x.ini stamp"},
      {"alembic downgrade -1", "downgrade"},
      {"alembic current -c", "current"},
      {"python -m alembic upgrade head", "upgrade head"},
      {"/usr/bin/python3.12 -m alembic -c x.ini upgrade head", "ini=x.ini upgrade head"},
      {"python3 -u -W ignore -Xdev -m alembic -n one upgrade head", "section=one upgrade head"},
      {"python3 -Im alembic upgrade head", "upgrade head"},
      {"python3 -malembic upgrade head", "upgrade head"},
      {"python3 -m alembic.config upgrade head", "upgrade head"},
      {"pypy3 /usr/bin/alembic upgrade head", "upgrade head"},
      {"python3 -- bin/alembic upgrade head", "upgrade head"},
      {"python3 --check-hash-based-pycs always -m alembic upgrade head", "upgrade head"},
  };
  for (const auto& row : table) {
    INFO(row.line);
    const auto command = parse(row.line);
    REQUIRE(command);
    CHECK(command->doubt.empty());
    CHECK(describe(*command) == row.expected);
  }
}

TEST_CASE("a command of Alembic that is not understood is in doubt") {
  for (const std::string line : {
           "alembic",
           "alembic -c x.ini",
           "alembic -c",
           "alembic -c -n one upgrade head",
           "alembic -c -- upgrade head",
           "alembic --config",
           "alembic --config= upgrade head",
           "alembic --name= upgrade head",
           "alembic --=x upgrade head",
           "alembic --configs x.ini upgrade head",
           "alembic --unknown upgrade head",
           "alembic -z upgrade head",
           "alembic -1 upgrade head",
           "alembic -qz upgrade head",
           "alembic -q=1 upgrade head",
           "alembic -qc=x.ini upgrade head",
           "alembic -q-c x.ini upgrade head",
           "alembic --quiet=1 upgrade head",
           "alembic -- upgrade head",
           "alembic --help upgrade head",
           "alembic -h",
           "alembic --version",
           "alembic upgrade",
           "alembic upgrade head base",
           "alembic upgrade head -c x.ini",
           "alembic upgrade head -x a=b",
           "alembic upgrade head --config=x.ini",
           "alembic upgrade --sql=1 head",
           "alembic upgrade head --tag",
           "alembic upgrade head --help",
           "alembic upgrade -1",
           "alembic upgrade -- head --",
           "alembic upgrad head",
           "alembic Upgrade head",
           "python3 -m alembic",
       }) {
    INFO(line);
    const auto command = parse(line);
    REQUIRE(command);
    CHECK_FALSE(command->doubt.empty());
    CHECK_FALSE(command->is_plain_upgrade());
  }
}

TEST_CASE("Flask-Migrate's command line is read as click reads it") {
  const struct {
    std::string line;
    std::string expected;
  } table[] = {
      {"flask db upgrade", "upgrade head"},
      {"flask db upgrade head", "upgrade head"},
      {"flask db upgrade heads", "upgrade heads"},
      {"/venv/bin/flask --app x db upgrade", "upgrade head"},
      {"flask --app=x --debug db upgrade", "upgrade head"},
      {"flask -A x -e .env db upgrade", "upgrade head"},
      {"flask -Ax --no-debug db upgrade", "upgrade head"},
      {"python -m flask db upgrade", "upgrade head"},
      {"python3 -um flask --app x db upgrade", "upgrade head"},
      {"flask db upgrade -d dir", "folder=dir upgrade head"},
      {"flask db upgrade -ddir head", "folder=dir upgrade head"},
      {"flask db upgrade --directory dir", "folder=dir upgrade head"},
      {"flask db upgrade --directory=one head --directory=two", "folder=two upgrade head"},
      {"flask db upgrade -x a=b --x-arg c", "x=a=b x=c upgrade head"},
      {"flask db upgrade --sql", "sql upgrade head"},
      {"flask db upgrade --tag v", "tag=v upgrade head"},
      {"flask db upgrade -- head", "upgrade head"},
      {"flask db upgrade ae10", "upgrade ae10"},
      {"flask db stamp head", "stamp"},
      {"flask db list-templates", "list-templates"},
  };
  for (const auto& row : table) {
    INFO(row.line);
    const auto command = parse(row.line);
    REQUIRE(command);
    CHECK(command->flask);
    CHECK(command->doubt.empty());
    CHECK(describe(*command) == row.expected);
  }
  CHECK(parse("flask db upgrade -d x")->is_plain_upgrade());
  CHECK_FALSE(parse("flask db upgrade --sql")->is_plain_upgrade());
  CHECK_FALSE(parse("flask db stamp head")->is_plain_upgrade());
  for (const std::string line :
       {"flask db", "flask db --help", "flask db upgrad", "flask --unknown db upgrade", "flask --ap x db upgrade",
        "flask --version db upgrade", "flask -- db upgrade", "flask db -- upgrade", "flask db upgrade --dir x",
        "flask db upgrade -d=x", "flask db upgrade -d", "flask db upgrade --directory=", "flask db upgrade a b",
        "flask db upgrade --app x", "flask db upgrade --help", "flask db upgrade --sql=1"}) {
    INFO(line);
    const auto command = parse(line);
    REQUIRE(command);
    CHECK_FALSE(command->doubt.empty());
    CHECK_FALSE(command->is_plain_upgrade());
  }
  for (const std::string line : {"flask", "flask run", "flask --app x seed", "flask --app db", "flaskdb upgrade",
                                 "python3 -m flask_db upgrade"}) {
    INFO(line);
    CHECK((!parse(line) || !parse(line)->doubt.empty()));
  }
  CHECK_FALSE(parse("flask run"));
}

TEST_CASE("what does not start Alembic is no command of Alembic") {
  for (const std::string line : {
           "",
           "python3 manage.py migrate",
           "python3 -m flask run",
           "python3 -c alembic upgrade head",
           "python3 -uc alembic upgrade head",
           "python3 - alembic upgrade head",
           "python3 script.py -m alembic upgrade head",
           "python3 -V -m alembic",
           "python3 -z -m alembic upgrade head",
           "python3 -m",
           "python3 -m alembics upgrade head",
           "pythonic -m alembic upgrade head",
           "uv run alembic upgrade head",
           "env A=b alembic upgrade head",
           "alembic.sh upgrade head",
       }) {
    INFO(line);
    CHECK_FALSE(parse(line));
  }
  CHECK_FALSE(pge::parse_alembic_command({"sh", "-c", "alembic upgrade head"}));
}

TEST_CASE("only a plain upgrade to the heads is judged by the revisions") {
  for (const std::string line : {"alembic upgrade head", "alembic upgrade heads", "alembic -qn one -x a upgrade head",
                                 "alembic --raiseerr -c x.ini upgrade -- heads", "python3 -m alembic upgrade head"}) {
    INFO(line);
    CHECK(parse(line)->is_plain_upgrade());
  }
  for (const std::string line :
       {"alembic upgrade head --sql", "alembic upgrade head --tag x", "alembic upgrade lib@head", "alembic upgrade +1",
        "alembic upgrade ae10", "alembic downgrade head", "alembic stamp head", "alembic heads",
        "alembic upgrade HEAD"}) {
    INFO(line);
    CHECK_FALSE(parse(line)->is_plain_upgrade());
  }
  CHECK(parse("alembic upgrade head")->upgrades_to("head"));
  CHECK_FALSE(parse("alembic upgrade heads")->upgrades_to("head"));
  CHECK(pge::parse_alembic_command({"alembic", "-x", "", "-x", "a b", "upgrade", "head"})->x_arguments ==
        Words{"", "a b"});
  CHECK_FALSE(pge::parse_alembic_command({"alembic", "-c", "", "upgrade", "head"})->doubt.empty());
  CHECK_FALSE(pge::parse_alembic_command({"alembic", "upgrade", "-a b"})->doubt.empty());
}

TEST_CASE("the program alembic is seen wherever it stands in a command") {
  for (const Words& words : {
           Words{"timeout", "300", "alembic", "upgrade", "head"},
           Words{"sh", "-c", "alembic upgrade head && python seed.py"},
           Words{"sh", "-c", "cd app;/venv/bin/alembic upgrade head"},
           Words{"sh", "-ec", "\nalembic upgrade head\n"},
           Words{"bash", "-c", "(python3 -m 'alembic' upgrade head)"},
           Words{"poetry", "run", "alembic", "upgrade", "head"},
       }) {
    INFO(pge::joined(words, " "));
    CHECK(pge::mentions_alembic(words));
    CHECK(!pge::parse_alembic_command(words));
  }
  for (const Words& words : {
           Words{"./migrate.sh"},
           Words{"python", "migrate.py", "alembic.ini"},
           Words{"node", "migrate.js", "alembic/versions"},
           Words{"sh", "-c", "myalembic upgrade head && alembic-check"},
           Words{},
       }) {
    INFO(pge::joined(words, " "));
    CHECK(!pge::mentions_alembic(words));
  }
}
