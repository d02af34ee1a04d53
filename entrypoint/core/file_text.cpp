#include "core/file_text.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

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

std::shared_ptr<const char> map(int descriptor, std::size_t size) {
  void* const place = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  if (place == MAP_FAILED) return nullptr;
  return {static_cast<const char*>(place), [size](const char* mapped) { munmap(const_cast<char*>(mapped), size); }};
}

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
    if (auto mapped = map(file.get(), size)) {
      FileText text;
      text.view_ = std::string_view(mapped.get(), size);
      text.owner_ = std::move(mapped);
      if (text.view_.starts_with(byte_order_mark)) text.view_.remove_prefix(byte_order_mark.size());
      if (!text.view_.contains('\r')) return text;
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
