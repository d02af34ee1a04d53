#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pge {

/// What a transaction sees of others (PostgreSQL manual, "Transaction Isolation"). READ UNCOMMITTED counts as READ
/// COMMITTED, as in PostgreSQL.
enum class Isolation : std::uint8_t { read_committed, repeatable_read, serializable };

/// "repeatable read", as ISOLATION LEVEL takes it.
std::string_view level_name(Isolation isolation) noexcept;

/// What a statement does to the transaction it runs in.
enum class TransactionControl : std::uint8_t {
  none,
  begin,      ///< BEGIN or START TRANSACTION
  commit,     ///< COMMIT or END
  savepoint,  ///< SAVEPOINT, RELEASE, ROLLBACK TO
  set_modes,  ///< SET TRANSACTION, or SET transaction_isolation and the like
  other,      ///< ROLLBACK, ABORT, … AND CHAIN, PREPARE TRANSACTION, COMMIT PREPARED, ROLLBACK PREPARED
};
TransactionControl transaction_control(std::string_view sql) noexcept;

/// What is asked of a transaction. DEFERRABLE is left out: it only concerns transactions that write nothing.
struct TransactionModes {
  std::optional<Isolation> isolation = {};
  bool read_only = false;
  bool snapshot = false;  ///< another session's, by SET TRANSACTION SNAPSHOT
};

/// The modes in a statement that is `begin` or `set_modes`; nothing when they cannot be read.
std::optional<TransactionModes> transaction_modes(std::string_view sql);

/// What concerns the isolation of later transactions and not of its own: SET SESSION CHARACTERISTICS AS TRANSACTION
/// ISOLATION LEVEL, SET default_transaction_isolation.
bool sets_default_isolation(std::string_view sql) noexcept;

/// The command's name when it means something only together with the statements after it in its transaction
/// ("LOCK TABLE", "SET LOCAL"), else empty. PostgreSQL answers it with an error or a warning outside a transaction
/// block. (SAVEPOINT and SET TRANSACTION are for `transaction_control`.)
std::string_view needs_transaction_block(std::string_view sql) noexcept;

/// LOCK TABLE.
bool is_table_lock(std::string_view sql) noexcept;

/// SET, RESET, SHOW and LOCK TABLE do not fix what a REPEATABLE READ or SERIALIZABLE transaction sees. Every query
/// does.
bool takes_no_snapshot(std::string_view sql) noexcept;

/// A SET that pg-entrypoint's own statements may follow: of lock_timeout, statement_timeout or search_path.
bool is_harmless_setting(std::string_view sql) noexcept;

}  // namespace pge
