#include "core/file_text.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <format>
#include <utility>

#include "core/descriptor.hpp"
#include "core/file.hpp"
#include "core/invalid.hpp"
#include "core/text.hpp"

namespace pge {
namespace {

/// Smaller files are read into memory, so that nobody who edits one can change it after it was checked.
constexpr std::size_t smallest_mapped = std::size_t{1} << 20U;

/// A file that is mapped, and what a look at all of it has found.
class MappedFile {
 public:
  MappedFile(int descriptor, std::size_t size) : size_(size) {
    place_ = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (place_ == MAP_FAILED) return;
    std::string_view text(static_cast<const char*>(place_), size);
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    text_ = text;
    survey_ = TextSurvey(text);
  }
  ~MappedFile() {
    if (place_ != MAP_FAILED) munmap(place_, size_);
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  bool is_mapped() const noexcept { return place_ != MAP_FAILED; }
  std::string_view text() const noexcept { return text_; }
  const TextSurvey& survey() const noexcept { return survey_; }

  /// Whether there is a '\r'. Else all of it has been surveyed.
  bool has_carriage_return() {
    // One page after the other takes half as long again; more of them at once would push each other out of a small
    // container.
    constexpr std::size_t at_once = std::size_t{2} << 20U;
    for (std::size_t at = 0; at < size_; at += at_once) {
      const std::size_t here = std::min(at_once, size_ - at);
      madvise(static_cast<char*>(place_) + at, here, MADV_POPULATE_READ);
      if (!survey_.go_on(at + here)) return true;
    }
    return false;
  }

 private:
  void* place_ = MAP_FAILED;
  std::size_t size_;
  std::string_view text_;
  TextSurvey survey_{{}};
};

}  // namespace

FileText::FileText(std::string text) {
  auto owned = std::make_shared<const std::string>(std::move(text));
  view_ = *owned;
  owner_ = std::move(owned);
}

bool FileText::is_large() const noexcept {
  return view_.size() >= smallest_mapped;
}

Result<FileText> FileText::read(int directory, const std::string& path, std::size_t memory) {
  const auto unreadable = [&](const std::string& reason) {
    return invalid_file(path, std::format("cannot read {}: {}", path, reason), "check its permissions");
  };
  const char* const name = path.c_str() + path.rfind('/') + 1;
  const Descriptor file(openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat about{};
  if (file.get() < 0 || fstat(file.get(), &about) != 0) return unreadable(std::strerror(errno));
  const auto size = static_cast<std::size_t>(about.st_size);
  if (size >= smallest_mapped) {
    if (auto mapped = std::make_shared<MappedFile>(file.get(), size); mapped->is_mapped()) {
      if (!mapped->has_carriage_return()) {
        FileText text;
        text.view_ = mapped->text();
        text.survey_ = &mapped->survey();
        text.owner_ = std::move(mapped);
        return text;
      }
      if (size > memory) {
        return invalid_file(
            path,
            std::format("converting the line ends of {} takes {} MB of memory, which this container does not have",
                        path, size / 1'000'000),
            "save it with Unix line ends, or raise the container's memory limit");
      }
    }
  }
  std::string text;
  if (const auto read = read_all(file.get(), text, size); !read) return unreadable(read.error().message());
  normalise_line_ends(text);
  return FileText(std::move(text));
}

}  // namespace pge
