#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "core/memory.hpp"
#include "core/text_survey.hpp"

namespace pge {

/// A text that is shared and stays where it is. That of a migration file has line ends "\n" and no byte order mark.
///
/// A file of a megabyte or more is mapped instead of read: the kernel drops its pages and reads them again as it needs
/// to, so they do not add to the memory of a small container. Such a file must not be truncated while it is in use.
class FileText {
 public:
  FileText() = default;
  FileText(std::string text);  // NOLINT(google-explicit-constructor): a text is a text

  /// The file in the open `directory` that has the last name of `path`. Fails with `invalid_migrations`: it cannot be
  /// read, or its line ends have to be changed and that would take more than `memory` bytes.
  static Result<FileText> read(int directory, const std::string& path, std::size_t memory = unlimited);

  std::string_view view() const noexcept { return view_; }
  operator std::string_view() const noexcept { return view_; }  // NOLINT(google-explicit-constructor)
  /// Whether it was mapped, were it a file's.
  bool is_large() const noexcept;
  bool empty() const noexcept { return view_.empty(); }
  /// Whether it is known to be ASCII without NUL: that is seen when a file is mapped.
  bool is_plain() const noexcept { return survey_ != nullptr && survey_->is_plain(); }
  /// Where it has the landmark at or behind byte `from`; npos: nowhere.
  std::size_t find(TextSurvey::Landmark landmark, std::size_t from) const noexcept {
    return survey_ != nullptr ? survey_->find(landmark, from) : view_.find(TextSurvey::text_of(landmark), from);
  }
  friend bool operator==(const FileText& a, std::string_view b) noexcept { return a.view_ == b; }

 private:
  std::shared_ptr<const void> owner_;
  std::string_view view_;
  const TextSurvey* survey_ = nullptr;  ///< the owner's, of a file that is mapped
};

}  // namespace pge
