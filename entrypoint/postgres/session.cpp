#include "postgres/session.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "postgres/hosts.hpp"
#include "postgres/login_defaults.hpp"
#include "postgres/overseer.hpp"

namespace pge {
namespace {

Result<> without_rows(const Result<Rows>& done) {
  if (!done) return fail(done.error());
  return {};
}

/// Queries whose answers are kept, up to the first that the server refuses.
class QuerySeries final : public RequestSeries {
 public:
  explicit QuerySeries(const std::vector<Query>& queries) : queries_(queries) {}

  std::optional<Request> next() override {
    if (sent_ == queries_.size()) return std::nullopt;
    const Query& query = queries_[sent_++];
    values_.clear();
    for (const std::string& parameter : query.parameters) values_.push_back(parameter.c_str());
    return Request{.sql = query.sql, .parameters = values_};
  }
  const SlowHook* reached() override { return nullptr; }
  Result<> answered(Result<Rows> answer) override {
    if (!answer) return fail(std::move(answer.error()));
    answers_.push_back(*std::move(answer));
    return {};
  }

  std::vector<Rows>& answers() noexcept { return answers_; }

 private:
  const std::vector<Query>& queries_;
  std::size_t sent_ = 0;
  std::vector<const char*> values_;  ///< of the query sent last
  std::vector<Rows> answers_;
};

}  // namespace

Session::Session(pg_conn* open, StopToken& stop, Events& events)
    : key_pid_(PQbackendPID(open)), socket_(PQsocket(open)), address_(address_of(open)), runner_(open, stop, events) {
  if (const char* encoding = PQparameterStatus(open, "server_encoding"); encoding != nullptr) {
    info_.encoding = encoding;
  }
}

/// The queries of `identify` in one message; the rows of the last one say who the server is, those of the others are in
/// `earlier`. Plain calls of functions: whatever opens a catalog costs the server more than the whole rest of a start.
Result<Rows> Session::ask_who(milliseconds limit, const std::string& along, std::vector<Rows>& earlier) {
  constexpr const char* who =
      "select pg_catalog.pg_backend_pid(), pg_catalog.pg_is_in_recovery(), "
      "pg_catalog.current_setting('server_version_num'), "
      "pg_catalog.current_setting('default_transaction_read_only') = 'on', "
      "pg_catalog.current_setting('synchronous_standby_names') <> '', ";
  constexpr const char* activity =
      "extract(epoch from a.backend_start), a.datid, a.usesysid "
      "from pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) a";
  earlier.clear();
  std::string sql = along.empty() ? "" : along + "; ";
  if ((withheld_ & 2U) == 0) sql += all_login_defaults_sql() + "; ";
  sql += who;
  sql += (withheld_ & 1U) == 0 ? activity : "null, null, null";
  return runner_.run({.sql = sql, .form = Request::Form::several},
                     {.deadline = Clock::now() + limit, .earlier = &earlier});
}

Result<> Session::identify(milliseconds limit, const std::string& along) {
  ahead_.clear();
  std::vector<Rows> earlier;
  auto rows = ask_who(limit, along, earlier);
  if (rows && !along.empty() && !earlier.empty()) {
    ahead_.push_back({.query = {.sql = along}, .rows = std::move(earlier.front())});
    earlier.erase(earlier.begin());
  }
  if (!rows && !along.empty() && !closed() && rows.error().server_answered()) rows = ask_who(limit, {}, earlier);
  // An administrator may have revoked the function or the catalog from public. What was refused once is not asked for
  // again, because the next time may be in a transaction.
  while (!rows && rows.error().is_sqlstate("42501") && withheld_ < 3) {
    ++withheld_;
    rows = ask_who(limit, {}, earlier);
  }
  if (!rows) return fail(rows.error());
  take_note(*rows, earlier);
  info_.pooled = key_pid_ != info_.backend.pid;
  prepared().keep(!info_.pooled);
  if (auto read = complete_defaults(limit, earlier); !read) return read;
  if (!info_.pooled || !info_.read_only) return {};
  // Another client of the pooler may have left its own setting on the server connection; the server's is the reset
  // value.
  rows = runner_.run({.sql = "select reset_val = 'on' from pg_catalog.pg_settings "
                             "where name = 'default_transaction_read_only'"},
                     {.deadline = Clock::now() + limit});
  if (!rows) return fail(rows.error());
  info_.read_only = rows->boolean(0, 0);
  return {};
}

/// What `ask_who` has brought.
void Session::take_note(const Rows& who, const std::vector<Rows>& earlier) {
  Backend backend{.pid = static_cast<int>(who.integer(0, 0)), .started = backend_start_of(who.text(0, 5))};
  // Under SET ROLE even the session's own start cannot be read; it is the same one as before.
  if (backend.started.empty() && backend.pid == info_.backend.pid) backend.started = info_.backend.started;
  info_.backend = std::move(backend);
  info_.in_recovery = who.boolean(0, 1);
  info_.version = static_cast<int>(who.integer(0, 2));
  info_.read_only = who.boolean(0, 3);
  info_.synchronous = who.boolean(0, 4);
  info_.database = who.text(0, 6);
  const std::string role = who.text(0, 7);
  const bool known = !earlier.empty() && !info_.database.empty() && !role.empty();
  info_.login_defaults = known ? read_login_defaults(earlier.back(), info_.database, role) : "";
}

/// The digest of the login's defaults where the first message could not bring it.
Result<> Session::complete_defaults(milliseconds limit, const std::vector<Rows>& earlier) {
  if (earlier.empty() || !info_.login_defaults.empty()) return {};
  auto rows = runner_.run({.sql = "select " + login_defaults_sql(*this)}, {.deadline = Clock::now() + limit});
  if (!rows) return fail(rows.error());
  info_.login_defaults = rows->text(0, 0);
  return {};
}

void Session::oversee(std::unique_ptr<Overseer> overseer) noexcept {
  runner_.oversee(std::move(overseer));
}

Result<Rows> Session::query(std::string_view sql, const std::vector<std::string>& parameters) {
  if (auto known = take_answer(sql, parameters)) return *std::move(known);
  std::vector<const char*> values;
  values.reserve(parameters.size());
  for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
  return runner_.run({.sql = sql, .parameters = values}, {.deadline = own_deadline()});
}

std::optional<Rows> Session::take_answer(std::string_view sql, const std::vector<std::string>& parameters) {
  const auto found = std::ranges::find_if(
      ahead_, [&](const Answer& answer) { return answer.query.sql == sql && answer.query.parameters == parameters; });
  std::optional<Rows> rows;
  if (found != ahead_.end()) rows = std::move(found->rows);
  ahead_.erase(ahead_.begin(), rows ? std::next(found) : found);
  return rows;
}

Result<> Session::ask_ahead(const std::vector<Query>& queries) {
  ahead_.clear();
  if (info_.pooled || in_transaction()) return {};
  QuerySeries series(queries);
  auto asked = runner_.run_series(series, own_limit_);
  if (!asked && (closed() || asked.error().is_stop())) return asked;
  for (std::size_t i = 0; i < series.answers().size(); ++i) {
    ahead_.push_back({.query = queries[i], .rows = std::move(series.answers()[i])});
  }
  return {};
}

Result<> Session::batch(const std::string& sql) {
  ahead_.clear();
  return without_rows(runner_.run({.sql = sql, .form = Request::Form::several}, {.deadline = own_deadline()}));
}

Result<> Session::execute(std::string_view sql, std::optional<std::string_view> copy_data, const SlowHook* slow) {
  ahead_.clear();
  return without_rows(runner_.run({.sql = sql, .form = Request::Form::row_by_row},
                                  {.deadline = {}, .copy_data = copy_data.value_or(""), .slow = slow}));
}

Result<> Session::commit() {
  const OwnStatement commit = commit_statement();
  return commit.judged(runner_.run({.sql = commit.sql}, {.deadline = {}, .commit = true}));
}

void Session::rollback() noexcept {
  if (!runner_.in_transaction()) return;
  if (const auto done = runner_.run({.sql = "ROLLBACK"}, {.deadline = own_deadline()}); !done) close();
}

}  // namespace pge
