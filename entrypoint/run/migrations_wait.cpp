#include "run/migrations_wait.hpp"

#include <format>
#include <string>
#include <utility>
#include <vector>

#include "core/long_wait.hpp"
#include "core/patience.hpp"
#include "postgres/lock_queue.hpp"
#include "process/own_process.hpp"
#include "run/counting.hpp"
#include "run/look.hpp"

namespace pge {
namespace {

constexpr const char* await_hint =
    "what migrates (another service, an init container, pg-entrypoint migrate) does not run, has failed or takes "
    "longer: see its log; --migrations-timeout waits longer";

/// One wait, over all the sessions that it takes.
class MigrationsWait {
 public:
  MigrationsWait(Database& database, Upgrade& upgrade)
      : database_(database),
        upgrade_(upgrade),
        wait_(database.begin_long_wait({.timeout = database.context().settings.migrating.await_timeout,
                                        .backoff = patience::await_migrations,
                                        .tries = patience::await_looks},
                                       Phase::migrations)) {
    wait_.waited(Clock::now());  // it starts here
  }

  Result<> run() {
    for (;;) {
      auto done = in_one_session();
      if (done || !database_.reconnects_after(done.error())) {
        return done ? done : Result<>(fail(database_.final_error(done.error())));
      }
    }
  }

 private:
  Result<> in_one_session() {
    auto session = database_.wait();
    if (!session) return fail(session.error());
    set_process_name("pge:waiting");
    const Context& context = database_.context();
    const InPhase waiting(context.report, Phase::migrations);
    History history = database_.history_of(*session);
    for (;;) {
      const auto pending =
          look(database_, *session, [&] { return upgrade_.pending(*session, history, Strictness::lenient); });
      if (pending) count_pending(context, upgrade_, *pending);
      if (pending && !*pending) return upgrade_.tell_done(), Result<>();
      if (!pending && pending.error().code != ExitCode::refused) return fail(pending.error());
      if (auto paused = pause(*session, history, pending); !paused) return paused;
    }
  }

  Result<> pause(Session& session, const History& history, const Result<bool>& pending) {
    // A history that this role may not read is waited for without a look at the files.
    if (auto read = finish_reading(upgrade_, session.stop()); !read) return read;
    const auto now = Clock::now();
    const bool is_over = wait_.is_over(now);
    const std::string state = pending ? text_of(upgrade_.progress()) : pending.error().message;
    if (is_over || wait_.tells(now, state)) {
      auto holder = describe_lock_holder(session, history.lock_key());
      if (!holder) return fail(holder.error());
      if (is_over) return fail(final_error(pending, *holder));
      tell(pending, *std::move(holder));
    }
    const auto rest = wait_.rest(now, jitter_());
    if (!rest.without_session) return session.stop().pause(rest.length);
    return fail({.code = ExitCode::gave_way, .message = "nobody has migrated yet", .next = Next::come_back()});
  }

  void tell(const Result<bool>& pending, std::vector<Field> holder) const {
    Log& log = database_.context().log;
    const auto waited = wait_.waited(Clock::now());
    if (!pending) {
      const Error& error = pending.error();
      log.warning(
          "waiting for migrations, which this role cannot see",
          {{"reason", error.message}, {"sqlstate", error.sqlstate()}, {"hint", error.hint}, {"waited_ms", waited}});
      return;
    }
    std::vector<Field> fields = upgrade_.progress();
    if (holder.empty()) holder.emplace_back("holder", "nobody migrates now");
    fields.insert(fields.end(), holder.begin(), holder.end());
    fields.emplace_back("waited_ms", waited);
    log.event(Level::info, "waiting for migrations", fields);
  }

  Error final_error(const Result<bool>& pending, const std::vector<Field>& holder) const {
    const auto waited = std::chrono::ceil<seconds>(wait_.timeout()).count();
    Error error = pending ? upgrade_.behind() : pending.error();
    error.next = Next::leave();
    error.message = std::format("nobody has migrated within {} s: {}", waited, error.message);
    if (!pending) return error;
    error.message += holder.empty() ? "; nobody migrates now" : "; migrating now: " + text_of(holder);
    error.hint = await_hint;
    return error;
  }

  std::string text_of(const std::vector<Field>& fields) const {
    std::string text;
    for (const Field& field : fields) {
      text += std::format("{}{} {}", text.empty() ? "" : ", ", field.key, database_.context().log.shown(field));
    }
    return text;
  }

  Database& database_;
  Upgrade& upgrade_;
  LongWait& wait_;
  Jitter jitter_;
};

}  // namespace

Result<> wait_for_migrations(Database& database, Upgrade& upgrade) {
  return MigrationsWait(database, upgrade).run();
}

}  // namespace pge
