#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pge {

/// The first bare words of a statement, upper-cased, at most `limit`; ends at the first thing that is not a
/// word.
std::vector<std::string> head_words(std::string_view sql, std::size_t limit = 4);

/// The command's name when PostgreSQL refuses it inside a transaction block ("VACUUM"), else empty.
/// Source: the callers of PreventInTransactionBlock(). What depends on data or options that only the server
/// can judge (CREATE SUBSCRIPTION, REINDEX of a partitioned table) is left to the server.
std::string_view refused_in_transaction(std::string_view sql) noexcept;

/// CREATE INDEX, DROP INDEX, REINDEX or DETACH PARTITION with CONCURRENTLY: waits for other transactions without
/// blocking them.
bool is_concurrent(std::string_view sql) noexcept;

/// Cannot run in a transaction block, or may commit inside (CALL, DO).
bool must_run_alone(std::string_view sql) noexcept;

/// CALL and DO: what they have committed stays committed, even if they fail.
bool may_commit_inside(std::string_view sql) noexcept;

/// SELECT set_config(…): whether its last argument is true in any of its spellings, so that the setting ends with the
/// transaction. Nothing for another statement.
std::optional<bool> set_config_is_local(std::string_view sql) noexcept;

/// SET or RESET that outlives the transaction: not SET LOCAL, SET TRANSACTION, SET CONSTRAINTS. And
/// SELECT set_config(…, false), as pg_dump writes it.
bool is_session_setting(std::string_view sql) noexcept;

/// COPY … FROM STDIN (or STDOUT, which PostgreSQL takes for the same).
bool is_copy_from_stdin(std::string_view sql) noexcept;

/// COPY … TO STDOUT (or STDIN).
bool is_copy_to_stdout(std::string_view sql) noexcept;

/// What the statement creates that lives only as long as its session, for a message ("CREATE TEMPORARY …"); empty:
/// nothing. It would be missing in the session that resumes the file. (PREPARE TRANSACTION is for
/// `transaction_control`.)
std::string_view session_object(std::string_view sql) noexcept;

/// … ON COMMIT DROP: such a temporary table does not outlive its transaction.
bool is_dropped_on_commit(std::string_view sql) noexcept;

}  // namespace pge
