#include "process/exec_error.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <format>
#include <system_error>

#include "core/environment_list.hpp"
#include "process/executable.hpp"

namespace pge {
namespace {

std::string system_message(int error) {
  return std::generic_category().message(error);
}

Error not_found(const std::string& path) {
  if (auto fault = fault_of_executable(path)) return *std::move(fault);
  return {.code = ExitCode::not_found,
          .message = std::format("cannot execute {}: a file that it needs to start does not exist", path),
          .hint = "the interpreter or the dynamic loader that it names is not in the image"};
}

Error not_permitted(const Command& command, const std::string& path) {
  if (auto fault = fault_of_executable(path)) return *std::move(fault);
  const uid_t uid = command.identity ? command.identity->uid : geteuid();
  return {.code = ExitCode::cannot_execute,
          .message = std::format("cannot execute {}: permission denied for uid {}", path, uid),
          .hint =
              "check the mode and owner of the file, of its #! interpreter and of the directories above it, and "
              "for a noexec mount"};
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
  error.hint = "a single one may have at most 128 KiB: pass large values as files";
  if (largest != nullptr) {
    error.hint += std::format("; the largest variable is {} ({} bytes)", variable_name(*largest), largest->size());
  }
  return error;
}

}  // namespace

Error explain_exec_failure(const Command& command, const std::vector<std::string>& candidates, ExecFailure failure) {
  const std::size_t last = candidates.size() - 1;
  const std::string& path = candidates[std::min<std::size_t>(failure.candidate, last)];
  if (failure.step >= ExecStep::setgroups && failure.step <= ExecStep::verify && command.identity) {
    return explain_identity_failure(*command.identity, failure.step, failure.error);
  }
  if (failure.step != ExecStep::exec) {
    return {
        .code = ExitCode::cannot_execute,
        .message = std::format("cannot start {}: {}: {}", path, name_of(failure.step), system_message(failure.error))};
  }
  switch (failure.error) {
    case ENOENT:
      return not_found(path);
    case ENOEXEC:
      return explain_bad_format(path);
    case EACCES:
      return not_permitted(command, path);
    case E2BIG:
      return too_big(command, path);
    default:
      return {.code = ExitCode::cannot_execute,
              .message = std::format("cannot execute {}: {}", path, system_message(failure.error))};
  }
}

}  // namespace pge
