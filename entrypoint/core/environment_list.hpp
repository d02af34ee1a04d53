#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pge {

/// An environment as execve(2) takes it: entries "NAME=value".
using EnvironmentList = std::vector<std::string>;

/// Whether it is a name that a shell can set (POSIX, "Environment Variables").
bool is_variable_name(std::string_view name) noexcept;

/// The name in "NAME=value"; all of an entry without "=".
std::string_view variable_name(std::string_view entry) noexcept;

/// The value of `name`, which lives as long as its entry; nullptr when it is not there.
const char* variable_value(const EnvironmentList& environment, std::string_view name) noexcept;

/// Set `name`, in the place of every entry that it has.
void set_variable(EnvironmentList& environment, std::string_view name, std::string_view value);

/// Drop every entry of `name`.
void unset_variable(EnvironmentList& environment, std::string_view name);

/// While it lives, getenv(3) finds the variables of this list and no others. Only for a process with a single thread.
/// The list must outlive it.
class UsedEnvironment {
 public:
  explicit UsedEnvironment(const EnvironmentList& environment);
  ~UsedEnvironment();
  UsedEnvironment(const UsedEnvironment&) = delete;
  UsedEnvironment& operator=(const UsedEnvironment&) = delete;

 private:
  std::vector<char*> entries_;
  char** own_;
};

}  // namespace pge
