#include "plan/comparison.hpp"

#include <algorithm>
#include <cstddef>

namespace pge {
namespace {

constexpr auto key_of = [](const auto* item) -> const Key& { return item->key; };

/// Files and rows usually come in this order.
template <typename Item>
void sort_by_key(std::vector<const Item*>& items) {
  if (!std::ranges::is_sorted(items, {}, key_of)) std::ranges::sort(items, {}, key_of);
}

template <typename Item>
const Item* find_by_key(const std::vector<const Item*>& sorted, const Key& key) {
  const auto found = std::ranges::lower_bound(sorted, key, {}, key_of);
  return found == sorted.end() || (*found)->key != key ? nullptr : *found;
}

/// For each of `items` what has its key in `sorted`. Both usually come in this order, so each is looked for behind the
/// last one first.
template <typename Item, typename Other>
std::vector<const Other*> partners(const std::vector<const Item*>& items, const std::vector<const Other*>& sorted) {
  std::vector<const Other*> found;
  found.reserve(items.size());
  std::size_t next = 0;
  for (const Item* item : items) {
    if (next >= sorted.size() || sorted[next]->key != item->key) {
      const auto place = std::ranges::lower_bound(sorted, item->key, {}, key_of);
      next = static_cast<std::size_t>(place - sorted.begin());
    }
    const bool is_there = next < sorted.size() && sorted[next]->key == item->key;
    found.push_back(is_there ? sorted[next] : nullptr);
    next += is_there ? 1 : 0;
  }
  return found;
}

}  // namespace

Comparison::Comparison(std::span<const Migration> files, std::span<const AppliedMigration> history) {
  for (const AppliedMigration& row : history) {
    if (row.key.kind == HistoryKind::baseline) baseline_ = std::max(baseline_, {Key{.version = row.key.version}});
    if (row.key.kind == HistoryKind::versioned) rows_.push_back(&row);
  }
  rows_by_key_ = rows_;
  sort_by_key(rows_by_key_);
  if (!std::ranges::is_sorted(rows_, {}, &AppliedMigration::applied_order)) {
    std::ranges::sort(rows_, {}, &AppliedMigration::applied_order);
  }
  files_by_key_.reserve(files.size());
  for (const Migration& file : files) files_by_key_.push_back(&file);
  rows_of_files_ = partners(files_by_key_, rows_by_key_);
  sort_by_key(files_by_key_);
  files_of_rows_ = partners(rows_, files_by_key_);
  look_at_rows(files);
}

void Comparison::look_at_rows(std::span<const Migration> files) {
  const auto known = [](const Migration* file) { return file != nullptr; };
  const auto last = std::ranges::find_last_if(files_of_rows_, known);
  const std::size_t newer = last.empty() ? 0 : static_cast<std::size_t>(last.begin() - files_of_rows_.begin()) + 1;
  if (newer > 0) last_known_ = rows_[newer - 1];
  highest_ = baseline_;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const Key& key = rows_[i]->key;
    if (known(files_of_rows_[i])) {
      if (!highest_ || *highest_ < key) highest_ = key;
    } else if (!under_baseline(key)) {
      (i < newer ? holes_ : ahead_).push_back(rows_[i]);
    }
  }
  // If an image is older than the first row, the files below the baseline still show that the database is the right
  // one.
  const bool shares_baseline =
      std::ranges::any_of(files, [&](const Migration& file) { return under_baseline(file.key); });
  foreign_ = !files.empty() && !rows_.empty() && ahead_.size() == rows_.size() && !shares_baseline;
}

const AppliedMigration* Comparison::row_of(const Key& key) const {
  return find_by_key(rows_by_key_, key);
}

const Migration* Comparison::file_of(const Key& key) const {
  return find_by_key(files_by_key_, key);
}

bool Comparison::is_late(const Migration& file) const {
  return highest_ && !(*highest_ < file.key) && row_of(file.key) == nullptr && !under_baseline(file.key);
}

}  // namespace pge
