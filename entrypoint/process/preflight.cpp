#include "process/preflight.hpp"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <format>
#include <new>
#include <system_error>
#include <utility>
#include <vector>

#include "process/exec_error.hpp"
#include "process/executable.hpp"
#include "process/file_format.hpp"

namespace pge {
namespace {

/// What the child has found out. With `failure.step` none: candidate number `failure.candidate` can be executed.
struct Finding {
  ExecFailure failure = {.step = ExecStep::none};
  std::uint32_t file = 0;  ///< exec: which of the files that this candidate needs
};

/// What `work` returns in a child that ends then, on a page that both share. Should the child be killed, or should
/// there be no page, nothing is known, and nothing is wrong.
template <typename Work>
Result<Finding> in_throw_away_child(const Work& work) {
  void* const page = mmap(nullptr, sizeof(Finding), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return Finding{};
  auto* const told = new (page) Finding;
  const pid_t child = fork();
  if (child == 0) {
    *told = work();
    _exit(0);
  }
  const int refused = errno;
  while (child > 0 && waitpid(child, nullptr, 0) < 0 && errno == EINTR) continue;
  const Finding finding = *told;
  munmap(page, sizeof(Finding));
  if (child < 0) return fail(ExitCode::internal, std::format("fork: {}", std::generic_category().message(refused)));
  return finding;
}

Finding become(const Identity& identity) noexcept {
  const ExecStep step = assume_identity(identity);
  return {.failure = {.step = step, .error = step == ExecStep::none ? 0 : errno}};
}

/// 0, or errno as execve(2) would set it. Real and effective IDs are the same here, so access(2) judges as it does.
int refusal_to_execute(const std::string& path) noexcept {
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) return errno;
  if (!S_ISREG(status.st_mode)) return EACCES;
  return access(path.c_str(), X_OK) == 0 ? 0 : errno;
}

/// The first candidate of which all files can be executed; else the failure that execvp(3) would report.
Finding first_executable(const std::vector<std::vector<std::string>>& candidates) noexcept {
  Finding refused;
  Finding last;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    last = {.failure = {.step = ExecStep::none, .candidate = static_cast<std::uint32_t>(i)}};
    for (std::size_t j = 0; j < candidates[i].size() && last.failure.error == 0; ++j) {
      last.failure.error = refusal_to_execute(candidates[i][j]);
      last.file = static_cast<std::uint32_t>(j);
    }
    if (last.failure.error == 0) return last;
    last.failure.step = ExecStep::exec;
    if (last.failure.error == EACCES && refused.failure.error == 0) refused = last;
  }
  return refused.failure.error != 0 ? refused : last;
}

Error explain(const Command& command, const std::vector<std::string>& candidates,
              const std::vector<std::vector<std::string>>& files, const Finding& finding) {
  Error error = explain_exec_failure(command, candidates, finding.failure);
  if (finding.failure.step == ExecStep::exec && finding.file > 0) {
    error.message += std::format(": it needs {}", files[finding.failure.candidate][finding.file]);
  }
  return error;
}

/// The program that the #! line asks env(1) for must be on the PATH of the child's environment.
Result<> look_for_env(const Command& command, const std::string& path) {
  const auto name = program_for_env(head_of(path).value_or(""));
  if (!name) return {};
  if (name->ends_with('\r')) return fail(missing_interpreter(path, *name));
  auto found = find_candidates({.argv = {*name}, .environment = command.environment});
  if (found) return {};
  Error error = std::move(found.error());
  error.message = std::format("cannot execute {}: its #! line asks env for {}: {}", path, *name, error.message);
  error.hint = "install the interpreter in the image, or fix the #! line";
  return fail(std::move(error));
}

/// What the formats of the files say.
Result<Preflight> judge(const Command& command, const std::vector<std::string>& files) {
  for (const std::string& file : files) {
    const auto head = head_of(file);
    if (!head) continue;
    const Format format = format_of(*head);
    if (format == Format::text) return fail(explain_bad_format(file));
    if (format == Format::foreign) {
      return Preflight{
          .doubt = "the command may not run here: " + file + " is not a program for this processor",
          .hint = "build the image for this platform (docker build --platform), unless binfmt_misc runs it"};
    }
    if (auto found = look_for_env(command, file); !found) return fail(found.error());
  }
  return Preflight{};
}

}  // namespace

Result<> try_identity(const Identity& identity) {
  if (auto allowed = check_identity(identity); !allowed) return allowed;
  const auto tried = in_throw_away_child([&]() noexcept { return become(identity); });
  if (!tried) return fail(tried.error());
  const auto [step, error, candidate] = tried->failure;
  if (step == ExecStep::none) return {};
  return fail(explain_identity_failure(identity, step, error));
}

Result<Preflight> preflight(const Command& command) {
  const auto candidates = find_candidates(command);
  if (!candidates) return fail(candidates.error());
  std::vector<std::vector<std::string>> files;
  files.reserve(candidates->size());
  for (const std::string& candidate : *candidates) files.push_back(files_to_execute(candidate));
  // Only another user needs a process to become that user.
  const auto as_user = [&]() noexcept {
    const Finding became = become(*command.identity);
    return became.failure.step == ExecStep::none ? first_executable(files) : became;
  };
  const auto found = command.identity ? in_throw_away_child(as_user) : Result<Finding>(first_executable(files));
  if (!found) return fail(found.error());
  if (found->failure.step != ExecStep::none) return fail(explain(command, *candidates, files, *found));
  return judge(command, files[found->failure.candidate]);
}

}  // namespace pge
