#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "postgres/session.hpp"

namespace pge {

/// The rows of pg_locks (as `l`) that hold this key: a bigint key has its high half in classid, its low half in objid,
/// and objsubid 1 (view pg_locks).
std::string locks_where(std::int64_t key);

/// A session-level advisory lock on the connection that migrates, so both end together. Everything that writes takes it
/// as a parameter (`const AdvisoryLock&`). It can be moved and not copied. LockQueue waits for it.
class AdvisoryLock {
 public:
  /// One try, outside any transaction; nothing when another session has the lock. `next`: what will be asked if it is
  /// ours, so that it can be asked in the same round trip (`Session::ask_ahead`). The server comes to it after the try,
  /// so the answers are those of one who has the lock, given that the session's default is READ COMMITTED: each query
  /// has a snapshot of its own.
  static Result<std::optional<AdvisoryLock>> try_acquire(Session& session, std::int64_t key,
                                                         std::vector<Query> next = {});

  /// The same key at transaction level, for a session that a pooler may move after each transaction: one try inside the
  /// transaction that is open, with whose end the lock ends. `release` is not for it.
  static Result<std::optional<AdvisoryLock>> try_for_transaction(Session& session, std::int64_t key);

  AdvisoryLock(AdvisoryLock&&) noexcept = default;
  AdvisoryLock& operator=(AdvisoryLock&&) noexcept = default;
  AdvisoryLock(const AdvisoryLock&) = delete;
  AdvisoryLock& operator=(const AdvisoryLock&) = delete;

  /// Look the lock up in pg_locks, because DISCARD ALL and pg_advisory_unlock_all() in a migration release it silently.
  Result<> verify() const;

  /// What it asks.
  Query verification() const;

  /// Take the same key at transaction level: survives pg_advisory_unlock_all() until the transaction ends. Fails when
  /// another session has the lock.
  Result<> pin_to_transaction() const;

  /// The same; false when another session has the lock.
  Result<bool> try_pin_to_transaction() const;

  /// Both in one, for a pipeline, at the start of a transaction: the statement fails when the lock is not held, so that
  /// the server runs nothing that was sent after it.
  OwnStatement proof() const;

  std::int64_t key() const noexcept { return key_; }

  /// Give the lock back; an error when the server says that we did not hold it (a pooler that has moved us to
  /// another backend shows itself here).
  Result<> release() &&;

 private:
  AdvisoryLock(Session& session, std::int64_t key) : session_(&session), key_(key) {}

  Session* session_;
  std::int64_t key_;
};

}  // namespace pge
