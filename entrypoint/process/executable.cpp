#include "process/executable.hpp"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <format>
#include <string_view>

namespace pge {
namespace {

/// "#!" and what follows to the first blank (execve(2), "Interpreter scripts"); a carriage return is kept.
std::optional<std::string> script_interpreter(std::string_view head) {
  if (!head.starts_with("#!")) return std::nullopt;
  head.remove_prefix(2);
  head = head.substr(0, head.find('\n'));
  head.remove_prefix(std::min(head.find_first_not_of(" \t"), head.size()));
  return std::string(head.substr(0, head.find_first_of(" \t")));
}

/// The dynamic loader that a 64-bit ELF file names (PT_INTERP, elf(5)).
std::optional<std::string> elf_loader(std::string_view head) {
  Elf64_Ehdr header{};
  if (!head.starts_with(ELFMAG) || head.size() < sizeof header || head[EI_CLASS] != ELFCLASS64) return std::nullopt;
  std::memcpy(&header, head.data(), sizeof header);
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment{};
    const std::size_t at = header.e_phoff + (i * sizeof segment);
    if (at > head.size() || head.size() - at < sizeof segment) break;
    std::memcpy(&segment, head.data() + at, sizeof segment);
    if (segment.p_type != PT_INTERP || segment.p_offset >= head.size()) continue;
    const std::string_view rest = head.substr(segment.p_offset, segment.p_filesz);
    return std::string(rest.substr(0, rest.find('\0')));
  }
  return std::nullopt;
}

Error no_interpreter(const std::string& path, const std::string& interpreter) {
  if (interpreter.ends_with('\r')) {
    return {.code = ExitCode::not_found,
            .message = std::format("cannot execute {}: its first line ends with a carriage return, so that the kernel "
                                   "looks for \"{}\\r\"",
                                   path, interpreter.substr(0, interpreter.size() - 1)),
            .hint = "save the script with Unix line ends (dos2unix; in git: `*.sh text eol=lf`)"};
  }
  return {.code = ExitCode::not_found,
          .message = std::format("cannot execute {}: its interpreter {} does not exist", path, interpreter),
          .hint = "install the interpreter in the image, or fix the #! line"};
}

Error no_loader(const std::string& path, const std::string& loader) {
  return {.code = ExitCode::not_found,
          .message = std::format("cannot execute {}: its dynamic loader {} does not exist", path, loader),
          .hint = loader.contains("musl")
                      ? "it was built for musl (Alpine): rebuild it for this image's libc, or link it statically"
                      : "it was built for glibc: rebuild it for this image's libc, or link it statically"};
}

}  // namespace

bool is_absent(const std::string& path) noexcept {
  struct stat status{};
  return stat(path.c_str(), &status) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

std::string head_of(const std::string& path) {
  std::string head(4096, '\0');
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  const ssize_t length = fd < 0 ? 0 : pread(fd, head.data(), head.size(), 0);
  if (fd >= 0) close(fd);
  head.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
  return head;
}

std::optional<Error> fault_of_executable(const std::string& path) {
  if (is_absent(path)) {
    return Error{
        .code = ExitCode::not_found, .message = "command not found: " + path, .hint = "check the path in the image"};
  }
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) {
    if (errno != ELOOP && errno != ENAMETOOLONG) return std::nullopt;
    return Error{.code = ExitCode::cannot_execute,
                 .message = std::format("cannot execute {}: {}", path, std::strerror(errno)),
                 .hint = "check the path in the image"};
  }
  if (S_ISDIR(status.st_mode)) {
    return Error{.code = ExitCode::cannot_execute,
                 .message = std::format("cannot execute {}: it is a directory", path),
                 .hint = "name the program inside it"};
  }
  if (!S_ISREG(status.st_mode)) {
    return Error{.code = ExitCode::cannot_execute,
                 .message = std::format("cannot execute {}: it is not a regular file", path),
                 .hint = "check the path in the image"};
  }
  if ((status.st_mode & 0111U) == 0) {
    return Error{.code = ExitCode::cannot_execute,
                 .message = std::format("cannot execute {}: it is not executable", path),
                 .hint = "chmod +x it, or COPY --chmod=0755"};
  }
  const std::string head = head_of(path);
  const auto interpreter = script_interpreter(head);
  if (interpreter && !interpreter->empty() && is_absent(*interpreter)) return no_interpreter(path, *interpreter);
  const auto loader = elf_loader(head);
  if (loader && is_absent(*loader)) return no_loader(path, *loader);
  return std::nullopt;
}

}  // namespace pge
