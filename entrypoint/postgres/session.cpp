#include "postgres/session.hpp"

#include <libpq-fe.h>

#include <utility>

#include "core/patience.hpp"

namespace pge {
namespace {

Clock::time_point own_deadline() {
  return Clock::now() + patience::own_statement;
}

std::map<std::string, std::string> address_of(PGconn* open) {
  std::map<std::string, std::string> address;
  for (const auto& [name, value] :
       {std::pair{"host", PQhost(open)}, {"hostaddr", PQhostaddr(open)}, {"port", PQport(open)}}) {
    if (value != nullptr && *value != '\0') address.emplace(name, value);
  }
  return address;
}

/// By the extended protocol, which is the fence: the server refuses a text that holds two statements.
Runner::Send single(const char* sql) {
  return [sql](PGconn* raw) { return PQsendQueryParams(raw, sql, 0, nullptr, nullptr, nullptr, nullptr, 0); };
}

Result<> without_rows(const Result<Rows>& done) {
  if (!done) return fail(done.error());
  return {};
}

}  // namespace

Session::Session(pg_conn* open, StopToken& stop, Events& events)
    : address_(address_of(open)), runner_(open, stop, events) {}

Result<> Session::identify(milliseconds limit) {
  const char* sql =
      "select pg_catalog.pg_backend_pid(), pg_catalog.pg_is_in_recovery(), "
      "pg_catalog.current_setting('server_version_num'), "
      "pg_catalog.current_setting('default_transaction_read_only') = 'on'";
  int key_pid = 0;
  const auto send = [&](PGconn* raw) {
    key_pid = PQbackendPID(raw);
    return single(sql)(raw);
  };
  auto rows = runner_.run(send, sql, {.deadline = Clock::now() + limit});
  if (!rows) return fail(rows.error());
  info_.backend_pid = static_cast<int>(rows->integer(0, 0));
  info_.in_recovery = rows->boolean(0, 1);
  info_.version = static_cast<int>(rows->integer(0, 2));
  info_.read_only = rows->boolean(0, 3);
  info_.pooled = key_pid != info_.backend_pid;
  return {};
}

Result<Rows> Session::query(std::string_view sql, const std::vector<std::string>& parameters) {
  std::vector<const char*> values;
  values.reserve(parameters.size());
  for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
  const std::string text(sql);
  const auto send = [&](PGconn* raw) {
    return PQsendQueryParams(raw, text.c_str(), static_cast<int>(values.size()), nullptr, values.data(), nullptr,
                             nullptr, 0);
  };
  return runner_.run(send, sql, {.deadline = own_deadline()});
}

Result<> Session::batch(const std::string& sql) {
  const auto send = [&](PGconn* raw) { return PQsendQuery(raw, sql.c_str()); };
  return without_rows(runner_.run(send, sql, {.deadline = own_deadline()}));
}

Result<> Session::execute(std::string_view sql, std::optional<std::string_view> copy_data, const SlowHook* slow) {
  const auto send = [&](PGconn* raw) {
    const std::string text(sql);  // libpq makes its own copies, so this one is freed at once
    // Nobody reads the rows of a migration, and there may be millions of them.
    return single(text.c_str())(raw) == 0 ? 0 : PQsetSingleRowMode(raw);
  };
  return without_rows(runner_.run(send, sql, {.deadline = {}, .copy_data = copy_data.value_or(""), .slow = slow}));
}

Result<> Session::commit() {
  auto done = runner_.run(single("COMMIT"), "COMMIT", {.deadline = {}, .commit = true});
  if (!done) return fail(done.error());
  // If an error has aborted the transaction, the server answers COMMIT with ROLLBACK and no error.
  if (done->tag() != "COMMIT") {
    return fail({.code = ExitCode::migration_failed,
                 .message = "the transaction was rolled back at COMMIT",
                 .server = ServerError{.statement = "COMMIT"},
                 .during = During::commit});
  }
  return {};
}

void Session::rollback() noexcept {
  if (!runner_.in_transaction()) return;
  if (const auto done = runner_.run(single("ROLLBACK"), "ROLLBACK", {.deadline = own_deadline()}); !done) close();
}

}  // namespace pge
