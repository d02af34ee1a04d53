#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "core/exit_code.hpp"

namespace pge {

/// Where in a migration file something is; `line` and `column` count from 1, columns in characters. 0: unknown.
struct Location {
  std::string file;
  std::size_t line = 0;
  std::size_t column = 0;

  /// "file:line:column", leaving out what is not known; empty when there is no file.
  std::string to_string() const;
};

/// A failure as a value, written for the person who reads the log at night.
struct Error {
  ExitCode code = ExitCode::internal;
  std::string message;    ///< what failed, in one sentence without a full stop at the end
  std::string hint = {};  ///< what to type or to look at next; may be empty
  Location where = {};
  std::string sqlstate = {};     ///< five characters when the server answered, else empty
  std::string detail = {};       ///< the server's DETAIL (may quote data: shown by --error-detail only)
  std::string context = {};      ///< the server's CONTEXT (may quote data)
  std::string statement = {};    ///< the SQL that failed, or its beginning (may quote data)
  std::size_t position = 0;      ///< where in `statement`, in characters from 1; 0: unknown
  bool connection_lost = false;  ///< the session is gone; connecting again may help
  int stop_signal = 0;           ///< not 0: ended because this signal asked for it; the exit status is 128+n

  /// The status this error ends the process with: 128+n for a stop, except that "in doubt" wins.
  int exit_status() const noexcept;
};

template <typename T = void>
using Result = std::expected<T, Error>;

/// `return fail(ExitCode::usage, "…", "hint")`.
inline std::unexpected<Error> fail(ExitCode code, std::string message, std::string hint = {}) {
  return std::unexpected(Error{.code = code, .message = std::move(message), .hint = std::move(hint)});
}

inline std::unexpected<Error> fail(Error error) {
  return std::unexpected(std::move(error));
}

/// The beginning of a text, up to 16 KiB, for messages; ends between words, because half a URL would not be
/// recognised as one that has a password.
std::string excerpt(std::string_view text);

/// The error of a wait that signal `number` ended.
Error stopped_by(int number);

}  // namespace pge
