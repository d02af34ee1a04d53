#pragma once

#include <algorithm>
#include <chrono>

#include "core/backoff.hpp"

/// Every pause, every retry policy and every time limit that cannot be set from outside, with its reason. What can be
/// set has its default in config/settings.hpp.
namespace pge::patience {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Waiting for the database

/// Between two attempts to connect. Short at first, because the database is often about to answer; never long, because
/// the application starts that much later.
inline constexpr Backoff connecting{.initial = milliseconds(100), .maximum = seconds(2)};

/// What each host of a list gets for an attempt, however little is left of the wait: with less no attempt could
/// succeed.
inline constexpr milliseconds least_for_a_host = seconds(1);

/// For the first answer of a server, and for its refusal, where --connect-timeout 0 sets no limit.
inline constexpr milliseconds first_answer = seconds(30);

/// A wait is told when it starts, for each new reason, and then at this interval: often enough to see that we live, and
/// too seldom to fill a log.
inline constexpr milliseconds tell_every = seconds(10);

// The session

/// Between two tries to create a schema or a table of ours that other applications create at the same moment: each try
/// takes milliseconds, and so many of them suffice for a hundred applications.
inline constexpr Backoff catalog_race{.initial = milliseconds(10), .maximum = milliseconds(200)};
inline constexpr unsigned most_catalog_races = 50;

/// For a statement of our own (a look at the history, SET, ROLLBACK): these are quick, so a server that is silent for
/// so long has stopped, or is cut off. Statements of migrations have no such limit.
inline constexpr milliseconds own_statement = seconds(30);

/// After a stop, once COMMIT is sent: its answer decides between "done" and "in doubt".
inline constexpr milliseconds commit_answer = seconds(1);

/// After a stop, for delivering the request to cancel a statement, and then for seeing what the server answers: 0.8 s
/// together, within `stage_end`.
inline constexpr milliseconds cancel_delivery{400};
inline constexpr milliseconds cancel_answer{400};

/// For the second connection that looks at who blocks us. It is only for the log, and the statement is about to time
/// out.
inline constexpr milliseconds look_at_blockers = seconds(2);

/// A COMMIT that has no answer after this time is looked at from a second connection, and after that at `tell_every`:
/// one that a synchronous standby holds up has to be told.
inline constexpr milliseconds first_look = seconds(2);

/// For that look.
inline constexpr milliseconds look_at_session = seconds(2);

/// For the end of a session that was lost. A backend looks for a request to end at every chance.
inline constexpr milliseconds lost_session_end = seconds(3);

/// For the second connection that shows whether a pooler shares its server connections. In session mode it may wait for
/// one, and then there is nothing to see.
inline constexpr milliseconds look_at_pooler = seconds(2);

/// A session that was lost is opened anew so often in one preparation, with these pauses: enough for a failover, and an
/// end for a server that a migration brings down each time.
inline constexpr unsigned most_reconnections = 5;
inline constexpr Backoff reconnecting{.initial = milliseconds(100), .maximum = seconds(5)};

/// For the session that shows what a migrator's sessions will get. Other replicas wait for the lock meanwhile.
inline constexpr milliseconds look_at_migrator = seconds(5);

// Migrating

/// Between two tries to get the advisory lock, which is polled (see LockQueue), in one session: a replica that waits
/// should go on soon after the one that migrates, and many of them should not load the server.
inline constexpr Backoff lock_polling{.initial = milliseconds(50), .maximum = milliseconds(500)};

/// So many tries are made in the first session, in about a quarter of a second: most waits of two or three replicas are
/// over by then.
inline constexpr unsigned lock_tries = 4;

/// After these tries the session is closed, and each further look has a session of its own (ADR 19). The first pauses
/// are short beside what was waited already. The longest is the time for which a free lock may go unnoticed; with 200
/// replicas it makes 53 looks a second.
inline constexpr Backoff lock_absence{.initial = milliseconds(500), .maximum = seconds(5)};

/// Between two looks whether somebody else has migrated (--migrate=wait), and how many of them share the first session:
/// many workers may wait for long, so after that each look has a session of its own (`lock_absence`).
inline constexpr Backoff await_migrations{.initial = milliseconds(200), .maximum = seconds(2)};
inline constexpr unsigned await_looks = 4;

/// Before a migration that gave way to a lock of the application's is tried again: the queue that had formed behind it
/// has to drain first. How often: --lock-retries. At least as long as the try has taken, up to the maximum.
inline constexpr Backoff lock_retry{.initial = milliseconds(500), .maximum = seconds(13)};

/// The lock time-out of the first try, which doubles from try to try up to --lock-timeout: most locks are free within
/// it, and a queue of half a second is hardly noticed.
inline constexpr milliseconds first_lock_try{500};

/// Before a migrator that has failed is run again. How often: --migrator-retries.
inline constexpr Backoff migrator_retry{.initial = milliseconds(500), .maximum = seconds(10)};

// Processes

/// A stage ends within a second of a stop (two in COMMIT); one that hangs in a library is killed after this time, which
/// is safe.
inline constexpr milliseconds stage_end{3000};

/// How often it is looked at whether the lock is still ours while a migrator runs.
inline constexpr milliseconds child_check = seconds(5);

/// For the answer to that question. A server that hears nothing from us frees the lock after `lock_without_client`, and
/// by then nothing of the migrator may be left (`migrator_without_lock`). So this cannot be as long as `own_statement`.
inline constexpr milliseconds lock_check = seconds(8);

/// The shortest such interval, for a migrator with a short --lock-timeout: who blocks it has to be seen before that.
inline constexpr milliseconds shortest_child_check{50};

/// A migrator without --lock-timeout that has waited so long for a lock is told with who holds it. Shorter waits are
/// ordinary.
inline constexpr milliseconds wait_for_lock = seconds(1);

/// Between asking a migrator, with all that it started, to end and SIGKILL; with `server_notices` shorter than
/// `stage_end`.
inline constexpr milliseconds child_end = seconds(2);

/// For what a migrator leaves running when it ends by itself, before it is asked to end: the last command of a pipeline
/// ends right after it, also on a busy machine.
inline constexpr milliseconds child_settle{300};

/// How long the lock is kept after a migrator was killed: the server ends the statement of a client that is gone when
/// it looks for the client, every 500 ms (`client_check` in postgres/profile.hpp), and no sooner may another migrator
/// start.
inline constexpr milliseconds server_notices{750};

/// How long a server keeps the session with the lock, at least, after it has heard from us last; and how long it keeps
/// a migrator's sessions, at most (the keepalives in postgres/profile.cpp).
inline constexpr milliseconds lock_without_client = seconds(25);
inline constexpr milliseconds migrator_without_client = seconds(15);

/// The longest time between two questions whether the lock is ours: in between it is looked at who blocks a migrator,
/// by a connection and two queries.
inline constexpr milliseconds between_lock_checks = std::max(child_check, 3 * look_at_blockers);

/// How long a migrator outlives, at most, the last answer of a server that we cannot reach any more: the next question
/// gets no answer, a look from a second connection neither, and the migrator does not end by itself.
inline constexpr milliseconds migrator_without_lock =
    between_lock_checks + lock_check + 2 * look_at_session + child_end + server_notices;

// Whoever gets the lock next finds nothing of a migrator whose connections were cut, all of them or the lock's alone.
static_assert(migrator_without_lock < lock_without_client);
static_assert(between_lock_checks + migrator_without_client < lock_without_client);

/// After a migrator has failed, until our own session is looked at once more: a server whose process has crashed ends
/// all others within that time, and their clients may see it before us.
inline constexpr milliseconds outage_shows{500};

/// How often a child's end is looked for where the kernel gives no pidfd (before Linux 5.3, or forbidden by seccomp).
inline constexpr milliseconds without_pidfd{50};

/// The same for stop signals where there is no signalfd.
inline constexpr milliseconds without_signalfd{50};

/// After --orphan-grace: SIGKILL is repeated at this interval for so long, because what forks while we read /proc is
/// not on our list.
inline constexpr milliseconds kill_interval{50};
inline constexpr milliseconds kill_end{1000};

/// For a reader of our log that is only slow: for one line, and for all lines of a process. One that does not read at
/// all costs the first once.
inline constexpr milliseconds log_reader{50};
inline constexpr milliseconds log_readers{200};

/// For the metrics file, which lies on a disk of the host's, perhaps on a network file system.
inline constexpr seconds metrics_file{2};

/// For the application's answer to `healthcheck --tcp` or `--http`.
inline constexpr milliseconds probe = seconds(3);

}  // namespace pge::patience
