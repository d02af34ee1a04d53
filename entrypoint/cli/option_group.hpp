#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <ranges>
#include <string>
#include <vector>

#include "core/signal_rules.hpp"
#include "core/stop.hpp"
#include "core/strings.hpp"

namespace pge {

/// The variable of an option: PG_ENTRYPOINT_WAIT_TIMEOUT for --wait-timeout.
std::string variable_of(const std::string& flag);

/// A number from `least` to a million; nothing if `given` is none.
std::optional<unsigned> number_within(const std::string& given, unsigned least);

/// The options under one heading of the help text. Each has an environment variable, whose name is derived from the
/// flag: PG_ENTRYPOINT_WAIT_TIMEOUT for --wait-timeout. The default is what `target` holds when the option is declared;
/// `target` must outlive `app`'s parsing, which throws CLI::ValidationError if a value does not fit.
class OptionGroup {
 public:
  OptionGroup(CLI::App& app, std::string heading) : app_(app), heading_(std::move(heading)) {}

  /// `value` is the placeholder of the value in the help text, here and below.
  void text(const std::string& flag, std::string& target, const std::string& help, const std::string& value);

  /// A text without a default.
  void optional_text(const std::string& flag, std::optional<std::string>& target, const std::string& help,
                     const std::string& value);

  /// A duration as `parse_duration` reads it; a bare number counts seconds.
  void duration(const std::string& flag, std::chrono::milliseconds& target, const std::string& help);

  /// A number from 0 to a million.
  void number(const std::string& flag, unsigned& target, const std::string& help);

  /// The key of an advisory lock: a 64-bit number.
  void lock_key(const std::string& flag, std::optional<std::int64_t>& target, const std::string& help);

  /// A switch, which takes no value.
  void on(const std::string& flag, bool& target, const std::string& help);

  /// The option can be repeated, and one value can have several parts joined with ":".
  void list(const std::string& flag, std::vector<std::string>& target, const std::string& help,
            const std::string& value);

  /// The same for paths and environment variables, as `split_input_list` reads them.
  void inputs(const std::string& flag, std::vector<std::string>& target, const std::string& help);

  /// Patterns of commands. The option can be repeated, and one value can have several joined with ",": a command may
  /// well have a colon, as `rails db:migrate`.
  void patterns(const std::string& flag, std::vector<std::string>& target, const std::string& help);

  /// Signals to be added to `target`, by name or number; repeated or joined with ":" as in `list`.
  void signals(const std::string& flag, StopSignals& target, const std::string& help);

  /// Rules "FROM=TO" to be added to `target`; repeated or joined in the same way.
  void signal_rules(const std::string& flag, SignalRules& target, const std::string& help);

  /// One signal, by name or number.
  void signal(const std::string& flag, int& target, const std::string& help);

  /// Exit statuses; repeated or joined in the same way.
  void statuses(const std::string& flag, std::vector<unsigned>& target, const std::string& help);

  /// One of the keys of `choices`. `fallback` is the key that the help text gives as the default.
  template <typename Enum>
  void choice(const std::string& flag, Enum& target, const std::map<std::string, Enum>& choices,
              const std::string& help, const std::string& value, const std::string& fallback) {
    auto* option = app_.add_option_function<std::string>(
        flag,
        [&target, flag, choices](const std::string& given) {
          const auto found = choices.find(given);
          if (found == choices.end()) {
            throw CLI::ValidationError(flag, "'" + given + "' is not one of: " + joined(choices | std::views::keys));
          }
          target = found->second;
        },
        help);
    declare(option, flag, value, fallback);
  }

 private:
  /// `take` is called with each part of each value; its error is that of the option.
  using TakePart = std::function<std::expected<void, std::string>(const std::string& part)>;
  void parts(const std::string& flag, const TakePart& take, const std::string& help, const std::string& value);

  void declare(CLI::Option* option, const std::string& flag, const std::string& value, const std::string& fallback);

  CLI::App& app_;
  std::string heading_;
};

}  // namespace pge
