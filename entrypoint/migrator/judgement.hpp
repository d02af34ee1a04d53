#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pge {

/// What is known of an image's migrator and a database before the migrator runs.
enum class Verdict : std::uint8_t {
  unknown,     ///< nothing is proven: the migrator decides
  pending,     ///< the database lacks something that this image has
  up_to_date,  ///< the database has all that this image has
  ahead,       ///< it has that and more: a newer image was here
};

/// A verdict with what it rests on, for messages.
struct Judgement {
  Verdict verdict = Verdict::unknown;
  std::vector<std::string> missing = {};  ///< Alembic: this image's revisions that the database lacks, oldest first
  std::vector<std::string> foreign = {};  ///< Alembic: the database's revisions that no file of this image declares

  /// Whether the migrator has to run: what `run` and `migrate` do, why `--migrate=check` does not start, and what
  /// `check` reports with exit code 3.
  bool must_run() const noexcept { return verdict == Verdict::unknown || verdict == Verdict::pending; }
};

/// As `status --json` names it.
constexpr std::string_view name_of(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::pending:
      return "pending";
    case Verdict::up_to_date:
      return "up_to_date";
    case Verdict::ahead:
      return "ahead";
    case Verdict::unknown:
      break;
  }
  return "unknown";
}

}  // namespace pge
