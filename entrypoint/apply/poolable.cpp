#include "apply/poolable.hpp"

#include <format>

namespace pge {

Result<> check_poolable(const std::string& label, const Part& part) {
  if (part.transactional) return {};
  return fail({.code = ExitCode::configuration,
               .message = std::format("migration {} cannot be run through a connection pooler: it has no transaction, "
                                      "and nothing but a transaction keeps the lock there",
                                      label),
               .hint = "set MIGRATE_DATABASE_URL to the server's own address, without --allow-pooler",
               .where = part.source.at(0)});
}

}  // namespace pge
