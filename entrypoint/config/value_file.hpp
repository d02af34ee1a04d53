#pragma once

#include <optional>
#include <string>

#include "config/get_env.hpp"
#include "config/settings.hpp"
#include "core/error.hpp"

namespace pge {

/// The content of a file that a variable names, without the line ends behind it (as in the official images'
/// `file_env`). Fails with `configuration`; `variable` is for the message.
Result<std::string> read_value_file(const std::string& variable, const std::string& path);

/// The same for a value that goes on as it is: what no editor should have put there is refused.
Result<std::string> read_exact_value(const std::string& variable, const std::string& path);

/// The value of the variable `name`: its own, or that of the file which `name`_FILE names; nothing when both are
/// missing or empty. Fails with `configuration` when both say something.
Result<std::optional<ValuePiece>> find_value(const std::string& name, const GetEnv& get);

}  // namespace pge
