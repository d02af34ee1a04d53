#include "plan/comparison.hpp"

#include <algorithm>
#include <cstddef>

namespace pge {

Comparison::Comparison(std::span<const Migration> files, std::span<const AppliedMigration> history) {
  for (const AppliedMigration& row : history) {
    if (row.key.kind == HistoryKind::baseline) baseline_ = std::max(baseline_, {Key{.version = row.key.version}});
    if (row.key.kind == HistoryKind::versioned) rows_.push_back(&row);
  }
  std::ranges::sort(rows_, {}, &AppliedMigration::applied_order);
  for (const AppliedMigration* row : rows_) row_of_.emplace(row->key, row);
  for (const Migration& file : files) file_of_.emplace(file.key, &file);
  look_at_rows(files);
}

void Comparison::look_at_rows(std::span<const Migration> files) {
  const auto known = [&](const AppliedMigration* row) { return file_of_.contains(row->key); };
  const auto last = std::ranges::find_last_if(rows_, known);
  if (!last.empty()) last_known_ = *last.begin();
  const std::size_t newer = last.empty() ? 0 : static_cast<std::size_t>(last.begin() - rows_.begin()) + 1;
  highest_ = baseline_;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const Key& key = rows_[i]->key;
    if (known(rows_[i])) highest_ = std::max(highest_, {key});
    if (known(rows_[i]) || under_baseline(key)) continue;
    (i < newer ? holes_ : ahead_).push_back(rows_[i]);
  }
  // If an image is older than the first row, the files below the baseline still show that the database is the right
  // one.
  const bool shares_baseline =
      std::ranges::any_of(files, [&](const Migration& file) { return under_baseline(file.key); });
  foreign_ = !files.empty() && !rows_.empty() && ahead_.size() == rows_.size() && !shares_baseline;
}

const AppliedMigration* Comparison::row_of(const Key& key) const {
  const auto found = row_of_.find(key);
  return found == row_of_.end() ? nullptr : found->second;
}

const Migration* Comparison::file_of(const Key& key) const {
  const auto found = file_of_.find(key);
  return found == file_of_.end() ? nullptr : found->second;
}

bool Comparison::is_late(const Migration& file) const {
  return highest_ && !(*highest_ < file.key) && !row_of_.contains(file.key) && !under_baseline(file.key);
}

}  // namespace pge
