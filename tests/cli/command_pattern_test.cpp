#include "cli/command_pattern.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "core/strings.hpp"

namespace {

using Words = std::vector<std::string>;

struct Row {
  std::string pattern;
  Words command;
};

}  // namespace

TEST_CASE("a pattern fits a command that begins with its words") {
  for (const Row& row : std::vector<Row>{
           {"gunicorn", {"gunicorn"}},
           {"gunicorn", {"/usr/bin/gunicorn", "app:app"}},
           {"gunicorn", {"./venv/bin/gunicorn"}},
           {"g*", {"/opt/x/gunicorn"}},
           {"bin/rails server", {"./bin/rails", "server", "-p", "80"}},
           {"./bin/rails server", {"bin/rails", "server"}},
           {"*/bin/rails server", {"/app/bin/rails", "server"}},
           {"/app/*", {"/app/bin/server"}},
           {"rails  s*", {"/app/bin/rails", "s"}},
           {"python* -m gunicorn", {"/usr/bin/python3", "-m", "gunicorn", "app:app"}},
           {"rails db:*", {"rails", "db:migrate:status"}},
           {"node [sd]*", {"node", "dist/main.js"}},
           {"node *", {"node", ""}},
       }) {
    INFO(row.pattern << " and " << pge::joined(row.command, " "));
    CHECK(pge::fits_pattern(row.command, row.pattern));
  }
}

TEST_CASE("and no other one") {
  for (const Row& row : std::vector<Row>{
           {"gunicorn", {"python3", "-m", "gunicorn"}},
           {"gunicorn", {"gunicorn3"}},
           {"gunicorn", {"/gunicorn/bin/sh"}},
           {"gunicorn", {"/opt/gunicorn/"}},
           {"bin/rails server", {"./bin/rails", "console"}},
           {"bin/rails server", {"bin/rails"}},
           {"bin/rails server", {"rails", "server"}},
           {"bin/rails", {"/app/bin/rails"}},
           {"/app/*", {"server"}},
           {"rails s", {"rails", "server"}},
           {"node *", {"node"}},
           {"", {"node"}},
           {" ", {""}},
       }) {
    INFO(row.pattern << " and " << pge::joined(row.command, " "));
    CHECK_FALSE(pge::fits_pattern(row.command, row.pattern));
  }
}

TEST_CASE("a command is passed by for the reason that counts first") {
  pge::ServingSettings settings;
  settings.command = {"rails", "console"};
  CHECK(pge::passed_by(settings).empty());
  settings.only_for = {"rails server", "puma"};
  CHECK(pge::passed_by(settings) == "--only-for");
  settings.only_for.emplace_back("rails");
  CHECK(pge::passed_by(settings).empty());
  settings.not_for = {"rails c*"};
  CHECK(pge::passed_by(settings) == "--not-for");
  settings.command = {"rails", "server"};
  CHECK(pge::passed_by(settings).empty());
  settings.no_database = true;
  CHECK(pge::passed_by(settings) == "--no-database");
}
