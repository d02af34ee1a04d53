#include "postgres/connect.hpp"

#include <libpq-fe.h>
#include <poll.h>
#include <unistd.h>

#include <format>
#include <memory>
#include <utility>
#include <vector>

#include "core/host_name.hpp"
#include "core/patience.hpp"
#include "postgres/connect_failure.hpp"
#include "postgres/hosts.hpp"

namespace pge {
namespace {

using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;

/// The settings as libpq's two parallel arrays, with our own defaults where nothing was said.
class Parameters {
 public:
  Parameters(const ConnectionSettings& settings, milliseconds connect_timeout) : values_(settings.parameters) {
    values_["application_name"] = "pg-entrypoint/" + host_name();
    values_["client_encoding"] = "UTF8";
    const auto whole_seconds = std::chrono::ceil<seconds>(connect_timeout).count();
    // libpq's own environment variable takes precedence. libpq treats 1 as 2 (libpq-connect).
    if (std::getenv("PGCONNECT_TIMEOUT") == nullptr)
      values_.try_emplace("connect_timeout", std::to_string(whole_seconds));
    // A dead network is noticed within a minute, also in the middle of a statement that runs for hours.
    values_.try_emplace("keepalives_idle", "30");
    values_.try_emplace("keepalives_interval", "10");
    values_.try_emplace("keepalives_count", "3");
    values_.try_emplace("tcp_user_timeout", "60000");
    for (const auto& [name, value] : values_) {
      names_.push_back(name.c_str());
      texts_.push_back(value.c_str());
    }
    names_.push_back(nullptr);
    texts_.push_back(nullptr);
  }
  Parameters(const Parameters&) = delete;
  Parameters& operator=(const Parameters&) = delete;

  const char* const* names() const noexcept { return names_.data(); }
  const char* const* values() const noexcept { return texts_.data(); }

 private:
  std::map<std::string, std::string> values_;
  std::vector<const char*> names_;
  std::vector<const char*> texts_;
};

/// Connects with the asynchronous calls. Returns the connection, open or failed, with verbose messages.
Connection connect_until(const Parameters& parameters, Clock::time_point deadline, StopToken& stop) {
  Connection connection(PQconnectStartParams(parameters.names(), parameters.values(), 0), PQfinish);
  if (!connection) return connection;
  PQsetErrorVerbosity(connection.get(), PQERRORS_VERBOSE);
  const int seen = stop.count();
  for (PostgresPollingStatusType state = PGRES_POLLING_WRITING;
       state != PGRES_POLLING_FAILED && state != PGRES_POLLING_OK && PQstatus(connection.get()) != CONNECTION_BAD;
       state = PQconnectPoll(connection.get())) {
    const short events = state == PGRES_POLLING_WRITING ? POLLOUT : POLLIN;
    if (stop.wait(PQsocket(connection.get()), events, deadline, seen) != Woke::ready) break;
  }
  return connection;
}

/// The SQLSTATE in a message that libpq was told to put it into ("FATAL:  28P01: …"); empty when there is none.
std::string sqlstate_in(std::string_view message) {
  constexpr std::size_t length = 5;
  for (std::size_t at = message.find(":  "); at != std::string_view::npos; at = message.find(":  ", at + 1)) {
    const std::string_view code = message.substr(at + 3, length);
    if (code.size() == length && message.substr(at + 3 + length).starts_with(": ")) return std::string(code);
  }
  return {};
}

/// The SQLSTATE of a refused login. PQconnectdbParams gives it only as text in the server's language; the
/// asynchronous calls can be told to put it into the message. So: ask the server once more, and no other host.
std::string ask_sqlstate(const PGconn* refused, ConnectionSettings settings, milliseconds limit,
                         LibpqWarnings& warnings, StopToken& stop) {
  for (const auto& [name, value] : address_of(refused)) settings.parameters[name] = value;
  const LibpqWarnings::Capture capture(warnings);
  const Connection connection = connect_until(Parameters(settings, limit), Clock::now() + limit, stop);
  if (!connection || PQstatus(connection.get()) == CONNECTION_OK) return {};
  return sqlstate_in(PQerrorMessage(connection.get()));
}

/// The settings for a part of their hosts.
ConnectionSettings at(const Hosts& hosts, ConnectionSettings settings) {
  const auto set = [&](const char* name, const std::string& list) {
    settings.parameters.erase(name);
    if (!list.empty()) settings.parameters[name] = list;
  };
  set("host", hosts.host);
  set("hostaddr", hosts.hostaddr);
  set("port", hosts.port);
  return settings;
}

/// A passfile that libpq leaves out looks like one that is missing.
std::string passfile_hint(const std::string& file) {
  return std::format(
      "chmod 0600 {}: libpq leaves out a passfile that is not a plain file or that others may read; where its mode "
      "cannot be set (a Kubernetes volume with fsGroup), give the password in the URL or in PGPASSWORD",
      file);
}

/// What an attempt that failed means: libpq's own failure, or a server's answer.
Error failure_of(const PGconn* failed, const ConnectionSettings& settings, milliseconds limit, LibpqWarnings& warnings,
                 StopToken& stop) {
  const std::string_view message = PQerrorMessage(failed);
  Error error = connect_failure(message, settings);
  if (error.code == ExitCode::refused && !warnings.unusable_passfile().empty()) {
    error.hint = fit_to_source(passfile_hint(warnings.unusable_passfile()), settings);
  }
  if (!server_answered(message)) return error;
  error.server = ServerError{.sqlstate = ask_sqlstate(failed, settings, limit, warnings, stop)};
  return error.may_reconnect() ? server_refusal(std::move(error), settings) : error;
}

/// What libpq has made of a list of hosts. It leaves those that do not answer, and stops at the first that refuses.
struct Attempt {
  Result<Session> session;
  bool passed_another = false;                    ///< it has left one before
  std::optional<ConnectionSettings> behind = {};  ///< those that it has not come to, when one has refused
};

Attempt attempt_at(const ConnectionSettings& settings, milliseconds connect_timeout, LibpqWarnings& warnings,
                   const QueryAlong& along, StopToken& stop, Events& events) {
  // 0 is libpq's "no limit"; the first query gets one all the same.
  const milliseconds limit = connect_timeout.count() == 0 ? patience::first_answer : connect_timeout;
  const Parameters parameters(settings, connect_timeout);
  Connection connection(nullptr, PQfinish);
  {
    const LibpqWarnings::Capture capture(warnings);
    const DeliverStops deliver(stop);
    // A stop that came before this line will not be delivered, because a pause has already read it.
    if (const int asked = stop.requested(); asked != 0) return {fail(stopped_by(asked))};
    connection.reset(PQconnectdbParams(parameters.names(), parameters.values(), 0));
  }
  warnings.tell(events);
  if (!connection) {
    return {fail({.code = ExitCode::internal, .message = "out of memory while connecting", .next = Next::reconnect()})};
  }
  if (PQstatus(connection.get()) != CONNECTION_OK) {
    Attempt failed{fail(failure_of(connection.get(), settings, limit, warnings, stop))};
    if (!failed.session.error().is_transient()) return failed;
    const Hosts hosts = hosts_of(connection.get());
    failed.passed_another = tells_of_another_host(PQerrorMessage(connection.get()), hosts);
    if (const auto behind = hosts_behind(hosts, address_of(connection.get()))) failed.behind = at(*behind, settings);
    return failed;
  }
  Session session(connection.release(), stop, events);
  if (auto known = session.identify(limit, along ? along(session) : ""); !known)
    return {fail(server_refusal(known.error(), settings))};
  return {std::move(session)};
}

}  // namespace

Result<Session> connect(const ConnectionSettings& settings, milliseconds connect_timeout, LibpqWarnings& warnings,
                        const QueryAlong& along, StopToken& stop, Events& events) {
  std::optional<Error> refusal;
  bool another = false;
  for (std::optional<ConnectionSettings> left = settings; left;) {
    Attempt attempt = attempt_at(*left, connect_timeout, warnings, along, stop, events);
    if (attempt.session) return std::move(attempt.session);
    Error error = std::move(attempt.session.error());
    const bool refused = error.is_transient();
    if (!refused && (!refusal || !error.may_reconnect())) return fail(std::move(error));
    another = another || attempt.passed_another || !refused;
    left = std::move(attempt.behind);
    if (refusal) {
      refusal->message += "; " + error.message;
    } else {
      refusal = std::move(error);
    }
  }
  return fail(another ? refused_by_one(*std::move(refusal)) : *std::move(refusal));
}

Result<Session> connect_beside(const Session& session, ConnectionSettings settings, milliseconds limit, StopToken& stop,
                               Events& events) {
  for (const auto& [name, value] : session.address()) settings.parameters[name] = value;
  return connect_beside(settings, limit, stop, events);
}

Result<Session> connect_beside(const ConnectionSettings& settings, milliseconds limit, StopToken& stop,
                               Events& events) {
  Connection connection(nullptr, PQfinish);
  {
    LibpqWarnings told;  // when `session` was connected
    const LibpqWarnings::Capture capture(told);
    connection = connect_until(Parameters(settings, limit), Clock::now() + limit, stop);
  }
  if (!connection || PQstatus(connection.get()) != CONNECTION_OK) {
    const std::string_view message = connection ? PQerrorMessage(connection.get()) : "";
    if (!message.empty()) {
      Error error = connect_failure(message, settings);
      if (std::string sqlstate = sqlstate_in(message); !sqlstate.empty()) {
        error.server = ServerError{.sqlstate = std::move(sqlstate)};
      }
      return fail(std::move(error));
    }
    return fail(ExitCode::unavailable, "a second connection could not be opened in time");
  }
  Session beside(connection.release(), stop, events);
  beside.only_watch(limit);
  return beside;
}

}  // namespace pge
