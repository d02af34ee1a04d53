#include "core/tool_version.hpp"

#include <gnu/libc-version.h>

#include <format>
#include <string_view>

namespace pge {
namespace {

constexpr std::string_view commit = PGE_COMMIT;

}  // namespace

std::string tool_version() {
  return "pg-entrypoint " PGE_VERSION;
}

std::string build_details() {
  return std::format("commit {}" PGE_LIBRARIES "\nglibc {}\nlibstdc++ of GCC {}\n",
                     commit.empty() ? "not recorded" : commit, gnu_get_libc_version(), __VERSION__);
}

}  // namespace pge
