#include "postgres/prepared.hpp"

#include <format>
#include <utility>

#include "postgres/session.hpp"

namespace pge {
namespace {

constexpr std::string_view our_names = "pg_entrypoint_";

/// A session has about six; another one for each lock_timeout that a file or a retry asks for.
constexpr std::size_t most = 32;

}  // namespace

void PreparedStatements::keep(bool wanted) noexcept {
  keeps_ = wanted && !given_up_;
  names_.clear();
}

void PreparedStatements::give_up() noexcept {
  given_up_ = true;
  keep(false);
}

std::string PreparedStatements::name_of(std::string_view sql) const {
  const auto found = names_.find(sql);
  return found == names_.end() ? std::string() : found->second;
}

std::string PreparedStatements::new_name() {
  return names_.size() < most ? std::format("{}{}", our_names, ++made_) : std::string();
}

void PreparedStatements::add(std::string_view sql, std::string name) {
  names_.insert_or_assign(std::string(sql), std::move(name));
}

bool PreparedStatements::take_change() noexcept {
  return std::exchange(changed_, false);
}

OwnStatement no_others_proof(Session& session) {
  return {.sql = std::format("select pg_catalog.concat('pg-entrypoint: process ', pg_catalog.pg_backend_pid(), "
                             "' has a prepared statement of a migration')::pg_catalog.int4 "
                             "from pg_catalog.pg_prepared_statements where not pg_catalog.starts_with(name, '{}')",
                             our_names),
          .judge = [&session](Result<Rows> answer) -> Result<> {
            if (answer) return {};
            const bool refused = answer.error().is_sqlstate("42501");
            if (refused) session.prepared().give_up();
            if (refused || answer.error().is_sqlstate("22P02")) session.prepared().notice_change();
            return fail(std::move(answer.error()));
          },
          .repeated = true};
}

}  // namespace pge
