#include "migrator/receipt.hpp"

#include <catch2/catch_test_macros.hpp>
#include <optional>
#include <string>
#include <vector>

namespace {

pge::AppliedMigration receipt(std::string digest, std::string state, std::int64_t order) {
  pge::AppliedMigration row;
  row.key.kind = pge::HistoryKind::receipt;
  row.key.version = std::move(digest);
  row.note = std::move(state);
  row.applied_order = order;
  return row;
}

}  // namespace

TEST_CASE("what receipts say of an image and a database") {
  using pge::Standing;
  const std::vector<pge::AppliedMigration> one{receipt("v1", "s1", 1)};
  const std::vector<pge::AppliedMigration> both{receipt("v2", "s2", 2), receipt("v1", "s1", 1)};
  const struct {
    const char* why;
    const std::vector<pge::AppliedMigration>& history;
    std::string digest;
    std::optional<std::string> state;
    Standing expected;
  } table[] = {
      {"the usual start", one, "v1", "s1", Standing::current},
      {"a new image", one, "v2", "s1", Standing::unknown},
      {"changed by hand", one, "v1", "s0", Standing::unknown},
      {"unreadable", one, "v1", std::nullopt, Standing::unknown},
      {"the new image starts again", both, "v2", "s2", Standing::current},
      {"rolled back to the old image", both, "v1", "s2", Standing::ahead},
      {"downgraded by hand, old image", both, "v1", "s1", Standing::current},
      {"downgraded by hand, new image", both, "v2", "s1", Standing::unknown},
      {"an image nobody has seen", both, "v0", "s2", Standing::unknown},
  };
  for (const auto& row : table) {
    INFO(row.why);
    CHECK(pge::judge_receipts(row.history, row.digest, row.state) == row.expected);
  }
}

TEST_CASE("rows of other kinds are no receipts") {
  std::vector<pge::AppliedMigration> rows{receipt("v1", "s1", 1)};
  rows.front().key.kind = pge::HistoryKind::versioned;
  CHECK(pge::judge_receipts(rows, "v1", "s1") == pge::Standing::unknown);
  CHECK_FALSE(pge::receipts_table(rows).contains("v1"));
}
