#include "process/exec_error.hpp"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <format>
#include <optional>
#include <string_view>
#include <system_error>

namespace pge {
namespace {

using namespace std::string_literals;

std::string words(int error) {
  return std::generic_category().message(error);
}

const char* name_of(ExecStep step) {
  switch (step) {
    case ExecStep::setpgid:
      return "setpgid";
    case ExecStep::tcsetpgrp:
      return "tcsetpgrp";
    case ExecStep::redirect:
      return "redirecting its output";
    case ExecStep::setgroups:
      return "setgroups";
    case ExecStep::setgid:
      return "setgid";
    case ExecStep::setuid:
      return "setuid";
    case ExecStep::verify:
      return "verifying the identity";
    case ExecStep::parent_death_signal:
      return "prctl(PR_SET_PDEATHSIG)";
    case ExecStep::none:
    case ExecStep::exec:
      break;
  }
  return "exec";
}

/// The first bytes of a file; empty when it cannot be read.
std::string head_of(const std::string& path) {
  std::string head(4096, '\0');
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  const ssize_t length = fd < 0 ? 0 : pread(fd, head.data(), head.size(), 0);
  if (fd >= 0) close(fd);
  head.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
  return head;
}

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

Error not_found(const std::string& path) {
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) {
    return {
        .code = ExitCode::not_found, .message = "command not found: " + path, .hint = "check the path in the image"};
  }
  const std::string head = head_of(path);
  Error error{.code = ExitCode::not_found, .message = {}};
  if (const auto interpreter = script_interpreter(head)) {
    if (interpreter->ends_with('\r')) {
      error.message = std::format(
          "cannot execute {}: its first line ends with a carriage return, so that the kernel "
          "looks for \"{}\\r\"",
          path, interpreter->substr(0, interpreter->size() - 1));
      error.hint = "save the script with Unix line ends (dos2unix; in git: `*.sh text eol=lf`)";
    } else {
      error.message = std::format("cannot execute {}: its interpreter {} does not exist", path, *interpreter);
      error.hint = "install the interpreter in the image, or mend the #! line";
    }
  } else if (const auto loader = elf_loader(head)) {
    error.message = std::format("cannot execute {}: its dynamic loader {} does not exist", path, *loader);
    error.hint = loader->contains("musl")
                     ? "it was built for musl (Alpine): rebuild it for this image's libc, or link it statically"
                     : "it was built for glibc: rebuild it for this image's libc, or link it statically";
  } else {
    error.message = std::format("cannot execute {}: something that it needs to start does not exist", path);
    error.hint = "the interpreter or the dynamic loader that it names is not in the image";
  }
  return error;
}

Error bad_format(const std::string& path) {
  const std::string head = head_of(path);
  Error error{.code = ExitCode::cannot_execute, .message = {}};
  if (head.starts_with(ELFMAG)) {
    error.message = std::format("cannot execute {}: it was built for another processor or is damaged", path);
    error.hint = "build the image for this platform (docker build --platform)";
  } else if (head.empty()) {
    error.message = std::format("cannot execute {}: the file is empty or cannot be read", path);
  } else {
    error.message = std::format("cannot execute {}: it is neither a program nor a script with a #! line", path);
    error.hint = "make `#!/bin/sh` its first line";
  }
  return error;
}

Error not_permitted(const Command& command, const std::string& path) {
  struct stat status{};
  Error error{.code = ExitCode::cannot_execute, .message = {}};
  if (stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
    error.message = std::format("cannot execute {}: it is a directory", path);
    return error;
  }
  if (S_ISREG(status.st_mode) && (status.st_mode & 0111U) == 0) {
    error.message = std::format("cannot execute {}: it is not executable", path);
    error.hint = "chmod +x it, or COPY --chmod=0755";
    return error;
  }
  const uid_t uid = command.identity ? command.identity->uid : geteuid();
  error.message = std::format("cannot execute {}: permission denied for uid {}", path, uid);
  error.hint =
      "look at the mode and owner of the file, of its #! interpreter and of the directories above it, and "
      "for "
      "a noexec mount";
  return error;
}

Error too_big(const Command& command, const std::string& path) {
  std::size_t bytes = 0;
  for (const std::string& argument : command.argv) bytes += argument.size() + 1;
  const std::string* largest = nullptr;
  for (const std::string& entry : command.environment) {
    bytes += entry.size() + 1;
    if (largest == nullptr || entry.size() > largest->size()) largest = &entry;
  }
  Error error{.code = ExitCode::cannot_execute, .message = {}};
  error.message =
      std::format("cannot execute {}: arguments and environment are too large for the kernel ({} bytes)", path, bytes);
  error.hint = "a single one may have 128 KiB: pass large values as files";
  if (largest != nullptr) {
    error.hint +=
        std::format("; the largest variable is {} ({} bytes)", largest->substr(0, largest->find('=')), largest->size());
  }
  return error;
}

}  // namespace

Error explain_exec_failure(const Command& command, const std::vector<std::string>& candidates, ExecFailure failure) {
  const std::size_t last = candidates.size() - 1;
  const std::string& path = candidates[std::min<std::size_t>(failure.candidate, last)];
  if (failure.step != ExecStep::exec) {
    Error error{.code = ExitCode::cannot_execute,
                .message = std::format("cannot start {}: {}: {}", path, name_of(failure.step), words(failure.error))};
    if (failure.step >= ExecStep::setgroups && failure.step <= ExecStep::verify && command.identity) {
      error.message += std::format(" (becoming {}:{})", command.identity->uid, command.identity->gid);
      error.hint =
          "give the container CAP_SETUID and CAP_SETGID, or start it as that user (USER, runAsUser) without "
          "--user";
    }
    return error;
  }
  switch (failure.error) {
    case ENOENT:
      return not_found(path);
    case ENOEXEC:
      return bad_format(path);
    case EACCES:
      return not_permitted(command, path);
    case E2BIG:
      return too_big(command, path);
    default:
      return {.code = ExitCode::cannot_execute,
              .message = std::format("cannot execute {}: {}", path, words(failure.error))};
  }
}

}  // namespace pge
