#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/key_values.hpp"
#include "migrations/migration.hpp"

namespace pge {

/// What `status` says about one migration.
enum class MigrationStatus : std::uint8_t {
  applied,
  pending,
  baselined,   ///< at or below the baseline: counts as applied
  running,     ///< started and interrupted, or running in another process
  reverting,   ///< a rollback that was started and interrupted
  drifted,     ///< applied, and the file has changed since
  late,        ///< pending, but a higher version is applied already: a start refuses it
  ahead,       ///< applied after all that this image knows: a newer image has done it
  unknown,     ///< applied, and this image's file for it is missing
  replicated,  ///< applied elsewhere, and logical replication has brought the row without its DDL
};

struct StatusLine {
  MigrationStatus status = MigrationStatus::pending;
  Key key = {};
  std::string name = {};
  std::string file_name = {};  ///< the name that this image's file has, where it is another one
  std::string applied_at = {};
  std::string applied_by = {};
  std::int64_t milliseconds = 0;
  std::size_t step = 0;
  std::size_t steps = 0;
  bool no_file = false;            ///< the history has it, and this image has no file for it
  bool applied_elsewhere = false;  ///< the row came with a dump, a template or a copied cluster
};

/// Every migration that a file or the history knows, told as `make_plan` would judge it with this
/// `allow_out_of_order`: the history in order of application, then what is pending. Files that a baseline stands for
/// come before it.
std::vector<StatusLine> describe_status(std::span<const Migration> files, std::span<const AppliedMigration> history,
                                        bool allow_out_of_order);

/// A table for people.
std::string status_table(const std::vector<StatusLine>& lines);

/// {"migrations": […], "applied": n, "pending": n}, and `more`; late ones are among the pending.
std::string status_json(const std::vector<StatusLine>& lines, const KeyValues& more = {});

}  // namespace pge
