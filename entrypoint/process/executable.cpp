#include "process/executable.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <format>
#include <string_view>

#include "core/descriptor.hpp"
#include "process/file_format.hpp"

namespace pge {
namespace {

Error no_loader(const std::string& path, const std::string& loader) {
  return {.code = ExitCode::not_found,
          .message = std::format("cannot execute {}: its dynamic loader {} does not exist", path, loader),
          .hint = loader.contains("musl")
                      ? "it was built for musl (Alpine): rebuild it for this image's libc, or link it statically"
                      : "it was built for glibc: rebuild it for this image's libc, or link it statically"};
}

}  // namespace

Error missing_interpreter(const std::string& path, const std::string& interpreter) {
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

bool is_absent(const std::string& path) noexcept {
  struct stat status{};
  return stat(path.c_str(), &status) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

std::optional<std::string> head_of(const std::string& path) {
  std::string head(4096, '\0');
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  const ssize_t length = file.get() < 0 ? -1 : pread(file.get(), head.data(), head.size(), 0);
  if (length < 0) return std::nullopt;
  head.resize(static_cast<std::size_t>(length));
  return head;
}

std::vector<std::string> files_to_execute(const std::string& path) {
  constexpr std::size_t most_interpreters = 5;  // then the kernel refuses (ELOOP)
  std::vector<std::string> files{path};
  while (files.size() <= most_interpreters) {
    const auto head = head_of(files.back());
    if (!head) break;
    const Format format = format_of(*head);
    const auto next = format == Format::script ? script_interpreter(*head) : elf_loader(*head);
    if (!next || (format != Format::script && format != Format::native)) break;
    files.push_back(*next);
    if (format == Format::native) break;
  }
  return files;
}

Error explain_bad_format(const std::string& path) {
  const auto head = head_of(path);
  Error error{.code = ExitCode::cannot_execute, .message = {}};
  if (!head) {
    error.message = std::format("cannot execute {}: the file cannot be read", path);
  } else if (head->empty()) {
    error.message = std::format("cannot execute {}: the file is empty", path);
    error.hint = "was it copied into the image as it should be?";
  } else if (has_encoding_mark(*head)) {
    error.message = std::format("cannot execute {}: it starts with a byte order mark, which hides its #! line", path);
    error.hint = "save the script as UTF-8 without a byte order mark";
  } else if (format_of(*head) == Format::text) {
    error.message = std::format("cannot execute {}: it is neither a program nor a script with a #! line", path);
    error.hint = "make `#!/bin/sh` its first line";
  } else {
    error.message = std::format("cannot execute {}: it was built for another processor or is damaged", path);
    error.hint = "build the image for this platform (docker build --platform)";
  }
  return error;
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
                 .hint = "name the program inside it; the directory of the migrations is set with --dir"};
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
  const std::string head = head_of(path).value_or("");
  const auto interpreter = script_interpreter(head);
  if (interpreter && !interpreter->empty() && is_absent(*interpreter)) return missing_interpreter(path, *interpreter);
  // What runs another processor's programs looks for their loader elsewhere.
  const auto loader = format_of(head) == Format::native ? elf_loader(head) : std::nullopt;
  if (loader && is_absent(*loader)) return no_loader(path, *loader);
  return std::nullopt;
}

}  // namespace pge
