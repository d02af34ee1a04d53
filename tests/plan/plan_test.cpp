#include "plan/plan.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "migrations/directives.hpp"
#include "migrations/parse.hpp"
#include "plan/revert_plan.hpp"

using pge::AppliedMigration;
using pge::HistoryKind;
using pge::HistoryState;
using pge::Migration;

namespace {

std::string version_of(int number) {
  return std::to_string(number);
}

Migration file(int version, const std::string& text = "SELECT 1;") {
  return *pge::parse_migration({.key = {.version = version_of(version)},
                                .name = "x",
                                .source = {.path = "/migrations/" + version_of(version) + "_x.sql", .text = text}});
}

std::vector<Migration> files(std::initializer_list<int> versions) {
  std::vector<Migration> all;
  for (const int version : versions) all.push_back(file(version));
  return all;
}

std::vector<Migration> in_steps(std::initializer_list<int> versions) {
  auto all = files(versions);
  for (Migration& migration : all) migration.up.transactional = false;
  return all;
}

AppliedMigration row(int version, std::int64_t order) {
  return {.key = {.version = version_of(version)},
          .name = "x",
          .note = {},
          .checksums = {file(version).checksum.text()},
          .down_text = {},
          .applied_order = order,
          .applied_at = {},
          .applied_by = {}};
}

/// Rows in this order of application; a negative number is a baseline.
std::vector<AppliedMigration> history(std::initializer_list<int> versions) {
  std::vector<AppliedMigration> rows;
  for (const int version : versions) {
    rows.push_back(row(version < 0 ? -version : version, static_cast<std::int64_t>(rows.size()) + 1));
    if (version < 0) rows.back().key.kind = HistoryKind::baseline;
  }
  return rows;
}

/// "pending 3 4, ahead 5", or the exit code's number and the message.
std::string plan(const std::vector<Migration>& all, const std::vector<AppliedMigration>& rows,
                 const pge::PlanOptions& options = {}) {
  const auto made = pge::make_plan(all, rows, options);
  if (!made) {
    CHECK_FALSE(made.error().hint.empty());
    return std::to_string(static_cast<int>(made.error().code)) + " " + made.error().message + " | " + made.error().hint;
  }
  std::string text = "pending";
  for (const auto& step : made->pending) {
    text += " " + step.migration->key.version;
    if (step.resume) text += "@" + std::to_string(step.resume->step);
  }
  if (!made->ahead.empty()) text += ", ahead";
  for (const auto* ahead : made->ahead) text += " " + ahead->key.version;
  return text;
}

const pge::PlanOptions late_too{.to = {}, .allow_out_of_order = true};

}  // namespace

TEST_CASE("what has no row is pending, in numeric order") {
  CHECK(plan(files({1, 2, 10}), {}) == "pending 1 2 10");
  CHECK(plan(files({1, 2, 10}), history({1})) == "pending 2 10");
  CHECK(plan(files({1, 2}), history({1, 2})) == "pending");
  CHECK(plan({}, {}) == "pending");
}

TEST_CASE("rows that are not migrations play no part") {
  auto rows = history({1, 2});
  rows[1].key.kind = HistoryKind::repeatable;
  CHECK(plan(files({1, 2}), rows) == "pending 2");
}

TEST_CASE("files up to the baseline count as applied") {
  CHECK(plan(files({1, 5, 6}), history({-5})) == "pending 6");
  CHECK(plan(files({6, 7}), history({-5, 6})) == "pending 7");
  CHECK(plan(files({1, 3, 6}), history({-5, 6})) == "pending");
  CHECK(plan(files({6}), history({2, -5, 6})) == "pending");
}

TEST_CASE("rows applied after the last one that this image knows are ahead") {
  CHECK(plan(files({1, 2}), history({1, 2, 3, 4})) == "pending, ahead 3 4");
  CHECK(plan(files({2, 5}), history({5, 2, 3})) == "pending, ahead 3");
  CHECK(plan(files({1, 5}), history({-5, 6})) == "pending, ahead 6");
  CHECK(plan({}, history({1, 2})) == "pending, ahead 1 2");
}

TEST_CASE("the order of application counts, whatever the order of the rows") {
  auto rows = history({1, 2, 3});
  std::swap(rows[0], rows[2]);
  CHECK(plan(files({1, 2}), rows) == "pending, ahead 3");
}

TEST_CASE("an unknown row before a known one is a hole") {
  const std::string message = plan(files({1, 3}), history({1, 2, 3}));
  CHECK(message.starts_with("65 "));
  CHECK(message.contains("2_x"));
  CHECK(message.contains("/migrations"));
  CHECK(plan(files({1, 9}), history({1, 7, 9})).starts_with("65 "));
  CHECK(plan(files({1, 2}), history({1, 3, 2})).starts_with("65 "));
}

TEST_CASE("a history that shares nothing with the files is the wrong database or the wrong directory") {
  const std::string message = plan(files({100, 200}), history({1, 2, 3}));
  CHECK(message.starts_with("65 none of the 3 applied migrations is in /migrations: wrong database or wrong --dir?"));
  CHECK(plan(files({7}), history({-5, 6})).contains("none of the 1"));
}

TEST_CASE("new files on top of a database that is ahead are refused as diverged") {
  const std::string message = plan(files({1, 4}), history({1, 3}));
  CHECK(message.starts_with("65 diverged"));
  CHECK(message.contains("3_x"));
  CHECK(message.contains("4_x"));
  CHECK(plan(files({1, 4}), history({1, 3}), {.to = "1"}) == "pending, ahead 3");
}

TEST_CASE("a file that changed since it was applied is drift") {
  const std::vector<Migration> changed = {file(1), file(2, "SELECT 2;")};
  const std::string message = plan(changed, history({1, 2}));
  CHECK(message.starts_with("65 "));
  CHECK(message.contains("/migrations/2_x.sql"));
  CHECK(message.contains(changed[1].checksum.text().substr(0, 12)));
  CHECK(message.contains(file(2).checksum.text().substr(0, 12)));
  CHECK_FALSE(message.contains(changed[1].checksum.text().substr(0, 13)));
  CHECK(message.contains("pg-entrypoint accept 2"));

  auto rows = history({1, 2});
  rows[1].checksums = {changed[1].checksum.text(), file(2).checksum.text()};
  CHECK(plan(changed, rows) == "pending");
  CHECK(plan(files({1, 2}), rows) == "pending");
}

TEST_CASE("a late file is refused unless late ones are to be applied") {
  const std::string message = plan(files({1, 2, 3}), history({1, 3}));
  CHECK(message.starts_with("65 out of order: 2_x"));
  CHECK(message.contains("--out-of-order=apply"));
  CHECK(plan(files({1, 2, 3, 4}), history({1, 3}), late_too) == "pending 2 4");
  // Version 9 is not known here: it does not make 2 a late one.
  CHECK(plan(files({1, 2}), history({1, 9})).starts_with("65 diverged"));
}

TEST_CASE("an accepted file that is shorter than what was done is refused") {
  auto rows = history({1});
  rows[0].state = HistoryState::running;
  rows[0].step = 2;
  CHECK(plan(in_steps({1}), rows).starts_with("65 1_x was interrupted at step 2, but its file now has 1 steps"));
}

TEST_CASE("a rollback that is under way counts as pending until the lock is ours") {
  auto rows = history({1, 2});
  rows[1].state = HistoryState::reverting;
  CHECK(plan(files({1, 2}), rows).starts_with("65 the rollback of 2_x was not finished"));
  const std::vector<Migration> two = files({1, 2});
  pge::PlanOptions unlocked_options;
  unlocked_options.under_lock = false;
  const auto unlocked = pge::make_plan(two, rows, unlocked_options);
  REQUIRE(unlocked.has_value());
  CHECK_FALSE(unlocked->empty());
}

TEST_CASE("an interrupted migration without transaction resumes in its place") {
  auto rows = history({1, 2});
  rows[1].state = HistoryState::running;
  rows[1].step = 1;
  rows[1].steps = 1;
  CHECK(plan(in_steps({1, 2, 3}), rows) == "pending 2@1 3");
  CHECK(plan(files({1, 2, 3}), rows).starts_with("65 2_x was interrupted while running without a transaction"));
  const std::string message = plan({file(1), file(2, "SELECT 2;")}, rows);
  CHECK(message.starts_with("65 2_x was interrupted at step 1 of 1"));
  CHECK(plan(files({1, 2, 3}), rows, {.to = "1"}) == "pending");
  CHECK(plan(files({1}), rows) == "pending, ahead 2");
}

TEST_CASE("a rollback that was not finished stops everything") {
  auto rows = history({1, 2});
  rows[1].state = HistoryState::reverting;
  CHECK(plan(files({1, 2, 3}), rows).starts_with("65 the rollback of 2_x"));
  CHECK(plan(files({1}), rows).contains("pg-entrypoint down"));
}

TEST_CASE("the limit --to leaves out what is above, and must be a version that somebody knows") {
  CHECK(plan(files({1, 2, 3}), {}, {.to = "2"}) == "pending 1 2");
  CHECK(plan(files({1, 2, 3}), {}, {.to = "002"}) == "pending 1 2");
  CHECK(plan(files({1, 2}), history({1, 2, 3}), {.to = "3"}) == "pending, ahead 3");
  CHECK(plan(files({6, 7}), history({-5}), {.to = "5"}) == "pending");
  CHECK(plan(files({1, 2}), {}, {.to = "9"}).starts_with("64 unknown version 9"));
  CHECK(plan(files({1, 2}), {}, {.to = "x"}).starts_with("64 "));
}

TEST_CASE("long lists of versions are cut") {
  const std::string message = plan(files({100}), history({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
  CHECK(message.contains("and 2 more"));
}

// Reverting.

namespace {

std::vector<Migration> reversible(std::initializer_list<int> versions) {
  std::vector<Migration> all;
  for (const int version : versions) all.push_back(file(version, "SELECT 1;\n-- migrate:down\nDROP TABLE t;"));
  return all;
}

const pge::RevertOptions everything{.to = {}, .everything = true};

std::string revert(const std::vector<Migration>& all, const std::vector<AppliedMigration>& rows,
                   const pge::RevertOptions& options) {
  const auto made = pge::plan_revert(all, rows, options);
  if (!made) {
    CHECK_FALSE(made.error().hint.empty());
    return std::to_string(static_cast<int>(made.error().code)) + " " + made.error().message + " | " + made.error().hint;
  }
  std::string text;
  for (const auto& step : *made) text += (text.empty() ? "" : " ") + step.applied->key.version;
  return text;
}

}  // namespace

TEST_CASE("reverting goes back in order of application") {
  const auto all = reversible({1, 2, 3});
  CHECK(revert(all, history({1, 3, 2}), {.count = 1, .to = {}}) == "2");
  CHECK(revert(all, history({1, 3, 2}), {.count = 2, .to = {}}) == "2 3");
  CHECK(revert(all, history({1, 3, 2}), {.to = "3"}) == "2");
  CHECK(revert(all, history({1, 2, 3}), {.to = "01"}) == "3 2");
  CHECK(revert(all, history({1, 2, 3}), {.to = "3"}).empty());
  CHECK(revert(all, history({1, 2, 3}), everything) == "3 2 1");
  CHECK(revert(reversible({0, 1}), history({0, 1}), {.to = "0"}) == "1");
  CHECK(revert(reversible({0, 1}), history({0, 1}), everything) == "1 0");
}

TEST_CASE("more than was applied, or to a version that was not, is a usage error") {
  const auto all = reversible({1, 2});
  CHECK(revert(all, history({1, 2}), {.count = 3, .to = {}}).starts_with("64 cannot revert 3: only 2 applied"));
  CHECK(revert(all, {}, {.count = 1, .to = {}}).starts_with("64 cannot revert 1: only 0 applied"));
  CHECK(revert(all, history({1}), {.to = "2"}).starts_with("64 cannot revert to version 2: it is not applied"));
  CHECK(revert(all, history({1}), {.to = "two"}).starts_with("64 "));
}

TEST_CASE("a baseline cannot be reverted, but what was applied after it can") {
  const auto all = reversible({6, 7});
  CHECK(revert(all, history({-5, 6, 7}), {.count = 2, .to = {}}) == "7 6");
  CHECK(revert(all, history({-5, 6, 7}), {.to = "5"}) == "7 6");
  CHECK(revert(all, history({-5, 6}), {.count = 2, .to = {}})
            .starts_with("64 cannot revert 2: only 1 applied after the baseline 5"));
  CHECK(revert(all, history({-5, 6}), everything).starts_with("64 a baseline"));
}

TEST_CASE("the file's down part wins over the one in the history") {
  const auto all = reversible({1});
  auto rows = history({1});
  rows[0].down_text = std::string("SELECT 'old';");
  const auto made = pge::plan_revert(all, rows, {});
  REQUIRE(made.has_value());
  CHECK(made->front().part.source.path == all.front().path());
  CHECK(made->front().part.statements.front().sql == "DROP TABLE t");
}

TEST_CASE("without a file the down part of the history is used") {
  auto rows = history({1, 2});
  rows[0].down_text = std::string("BEGIN;\nDROP TABLE a;\nDROP TABLE b;\nCOMMIT;\n");
  rows[1].down_text = std::string("DROP INDEX CONCURRENTLY i;");
  rows[1].steps = 1;
  const auto made = pge::plan_revert({}, rows, {.count = 2, .to = {}});
  REQUIRE(made.has_value());
  CHECK_FALSE(made->at(0).part.transactional);
  const pge::Part& part = made->at(1).part;
  CHECK(part.source.at(0).to_string() == "(down part kept in the history):1:1");
  CHECK(part.transactional);
  REQUIRE(part.statements.size() == 2);
  const auto statement = part.statements.front();
  CHECK(rows[0].down_text.view().substr(statement.offset, statement.sql.size()) == "DROP TABLE a");

  rows[1].down_text = std::string("SELECT 'open");
  CHECK(revert({}, rows, {}).starts_with("65 2_x cannot be reverted: a quoted string is never closed"));
}

TEST_CASE("the down part of the history runs as its file says") {
  for (const std::string directives :
       {"lock_timeout=250ms", "isolation=serializable", "isolation=repeatable-read lock_timeout=1s",
        "no-transaction on-doubt=stop", ""}) {
    INFO(directives);
    const Migration applied = file(1, (directives.empty() ? "" : "-- pg-entrypoint: " + directives + "\n") +
                                          "SELECT 1;\n-- migrate:down\nSELECT 2;\n");
    auto rows = history({1});
    rows[0].steps = applied.up.steps();
    rows[0].down_text = pge::with_directives(*applied.down);
    const auto made = pge::plan_revert({}, rows, {});
    REQUIRE(made.has_value());
    const pge::Part& part = made->front().part;
    CHECK(part.transactional == applied.down->transactional);
    CHECK(part.shape.isolation == applied.down->shape.isolation);
    CHECK(part.lock_timeout == applied.down->lock_timeout);
    CHECK(part.on_doubt == applied.down->on_doubt);
    CHECK(part.statements.size() == 1);
    CHECK(rows[0].down_text.view().starts_with("-- pg-entrypoint:") == (directives.size() > 0));
  }
}

TEST_CASE("without a down part nothing is reverted, and the error says what to write") {
  const std::string message = revert(files({1}), history({1}), {});
  CHECK(message.starts_with("65 1_x cannot be reverted"));
  CHECK(message.contains("/migrations/1_x.sql"));
  CHECK(message.contains("-- migrate:down"));
  CHECK(revert({}, history({1}), {}).starts_with("65 "));
  CHECK(revert({file(1, "SELECT 1;\n-- migrate:down\n-- to do\n")}, history({1}), {}).starts_with("65 "));
  // Of what did nothing there is nothing to revert.
  CHECK_FALSE(revert({file(1, "-- NOOP\n")}, history({1}), {}).starts_with("65 "));
  CHECK_FALSE(revert({file(1, "-- NOOP\n-- migrate:down\n-- NOOP\n")}, history({1}), {}).starts_with("65 "));
}

TEST_CASE("a half applied migration is finished before it is reverted") {
  auto rows = history({1});
  rows[0].state = HistoryState::running;
  CHECK(revert(reversible({1}), rows, {}).contains("pg-entrypoint migrate"));
}

TEST_CASE("an interrupted rollback goes on where it stopped") {
  auto rows = history({1});
  rows[0].state = HistoryState::reverting;
  rows[0].step = 1;
  auto file = reversible({1});
  CHECK(
      revert(file, rows, {}).starts_with("65 the rollback of 1_x was interrupted while running without a transaction"));
  file.front().down.value().transactional = false;
  const auto made = pge::plan_revert(file, rows, {});
  REQUIRE(made.has_value());
  REQUIRE(made->front().resume);
  CHECK(made->front().resume->step == 1);
  rows[0].step = 2;
  CHECK(revert(file, rows, {}).starts_with("65 the rollback of 1_x was interrupted at step 2"));
}
