#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/exit_code.hpp"
#include "core/next.hpp"

namespace pge {

/// Where in a migration file something is; `line` and `column` count from 1, columns in characters. 0: unknown.
struct Location {
  std::string file;
  std::size_t line = 0;
  std::size_t column = 0;

  /// "file:line:column", leaving out what is not known; empty when there is no file.
  std::string to_string() const;
};

/// What the server said of a statement.
struct ServerError {
  std::string sqlstate = {};   ///< five characters; empty when libpq has made the answer
  std::string detail = {};     ///< the server's DETAIL (may quote data: shown by --error-detail only)
  std::string context = {};    ///< the server's CONTEXT (may quote data)
  std::string statement = {};  ///< the SQL that failed, or its beginning (may quote data)
  std::size_t position = 0;    ///< where in `statement`, in characters from 1; 0: unknown
};

/// What was under way.
enum class During : std::uint8_t {
  statement,
  commit,  ///< the error concerns the transaction as a whole, and its message says what has become of it
};

/// A failure as a value, written for the person who reads the log at night. What is done about it is decided by `next`
/// and the predicates, never by a text.
struct Error {
  ExitCode code = ExitCode::internal;
  std::string message;    ///< what failed, in one sentence without a full stop at the end
  std::string hint = {};  ///< what to type or to look at next; may be empty
  Location where = {};
  std::optional<ServerError> server = {};  ///< nothing when the server has not answered
  Next next = {};
  During during = During::statement;
  std::string output = {};  ///< the last lines of a program that has failed, masked and separated by line feeds

  /// The status this error ends the process with: 128+n for a stop, except that "in doubt" wins.
  int exit_status() const noexcept;

  /// A stop was asked for; the outcome of a COMMIT may be unknown besides.
  bool is_stop() const noexcept { return next.stop_signal() != 0; }
  /// Connecting again may help; never after a stop.
  bool may_reconnect() const noexcept { return next.may_reconnect(); }
  /// The whole transaction may be tried again.
  bool may_try_again() const noexcept { return next.may_try_again(); }
  /// Nothing has failed: the work goes on in a new session.
  bool needs_new_session() const noexcept { return next.needs_new_session(); }
  /// Nothing has failed: the session is given up, and the same is done again later.
  bool comes_back() const noexcept { return next.comes_back(); }
  /// Connecting again is worth a grace.
  bool is_transient() const noexcept { return next.is_transient(); }
  /// COMMIT was sent, and nothing says whether it was carried out.
  bool outcome_unknown() const noexcept { return next.is_outcome_unknown(); }

  /// What the server called it (PostgreSQL manual, appendix A); empty when it has not answered.
  std::string_view sqlstate() const noexcept { return server ? std::string_view(server->sqlstate) : ""; }
  bool server_answered() const noexcept { return !sqlstate().empty(); }
  bool is_sqlstate(std::string_view state) const noexcept { return sqlstate() == state; }
  /// True when the SQLSTATE begins with `beginning`: a class ("53"), or a part of one ("57P").
  bool sqlstate_class(std::string_view beginning) const noexcept { return sqlstate().starts_with(beginning); }
};

template <typename T = void>
using Result = std::expected<T, Error>;

/// `return fail(ExitCode::usage, "…", "hint")`.
inline std::unexpected<Error> fail(ExitCode code, std::string message, std::string hint = {}) {
  return std::unexpected(Error{.code = code, .message = std::move(message), .hint = std::move(hint)});
}

/// `return fail(x.error())` hands a failure on; `fail({.code = …})` makes one.
inline std::unexpected<Error> fail(Error error) {
  return std::unexpected(std::move(error));
}

/// The beginning of a text, up to 16 KiB, for messages; ends between words, because half a URL would not be
/// recognised as one that has a password.
std::string excerpt(std::string_view text);

/// The error of a wait that signal `number` ended.
Error stopped_by(int number);

}  // namespace pge
