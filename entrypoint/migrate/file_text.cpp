#include "migrate/file_text.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <format>
#include <utility>

#include "migrate/text.hpp"

namespace pge {
namespace {

/// Smaller files are read, so that nobody who edits one can change what we have checked.
constexpr std::size_t smallest_mapped = std::size_t{1} << 20U;

class Descriptor {
 public:
  explicit Descriptor(const std::string& path) : number_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const noexcept { return number_; }

 private:
  int number_;
};

std::unexpected<Error> refuse(const std::string& path, std::string message, std::string hint) {
  return fail(Error{.code = ExitCode::invalid_migrations,
                    .message = std::move(message),
                    .hint = std::move(hint),
                    .where = {.file = path}});
}

std::shared_ptr<const char> map(int descriptor, std::size_t size) {
  void* const place = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  if (place == MAP_FAILED) return nullptr;
  return {static_cast<const char*>(place), [size](const char* mapped) { munmap(const_cast<char*>(mapped), size); }};
}

/// False with errno when it cannot be read.
bool read_all(int descriptor, std::string& text) {
  std::array<char, std::size_t{64} << 10U> block{};
  for (;;) {
    const ssize_t got = ::read(descriptor, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got == 0;
    text.append(block.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace

FileText::FileText(std::string text) {
  auto owned = std::make_shared<const std::string>(std::move(text));
  view_ = *owned;
  owner_ = std::move(owned);
}

Result<FileText> FileText::read(const std::string& path, std::size_t memory) {
  const auto unreadable = [&] {
    return refuse(path, std::format("cannot read {}: {}", path, std::strerror(errno)), "check its permissions");
  };
  const Descriptor file(path);
  struct stat about{};
  if (file.get() < 0 || fstat(file.get(), &about) != 0) return unreadable();
  const auto size = static_cast<std::size_t>(about.st_size);
  if (size >= smallest_mapped) {
    if (auto mapped = map(file.get(), size)) {
      FileText text;
      text.view_ = std::string_view(mapped.get(), size);
      text.owner_ = std::move(mapped);
      if (text.view_.starts_with(byte_order_mark)) text.view_.remove_prefix(byte_order_mark.size());
      if (!text.view_.contains('\r')) return text;
      if (size > memory) {
        return refuse(path,
                      std::format("changing the line ends of {} takes {} MB of memory, which this container does not "
                                  "have",
                                  path, size / 1'000'000),
                      "save it with the line ends of Unix, or raise the container's memory limit");
      }
    }
  }
  std::string text;
  text.reserve(size);
  if (!read_all(file.get(), text)) return unreadable();
  normalise_line_ends(text);
  return FileText(std::move(text));
}

}  // namespace pge
