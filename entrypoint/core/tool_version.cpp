#include "core/tool_version.hpp"

namespace pge {

std::string tool_version() {
  return "pg-entrypoint " PGE_VERSION;
}

}  // namespace pge
