#include "cli/option_group.hpp"

#include <cctype>
#include <charconv>
#include <system_error>

#include "cli/input_list.hpp"
#include "core/duration.hpp"
#include "core/signal_name.hpp"

namespace pge {

std::string variable_of(const std::string& flag) {
  std::string name = "PG_ENTRYPOINT_";
  for (const char c : flag.substr(2)) {
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

std::optional<unsigned> number_within(const std::string& given, unsigned least) {
  unsigned value = 0;
  const char* const end = given.data() + given.size();
  const auto [at, error] = std::from_chars(given.data(), end, value);
  if (error != std::errc() || at != end || value < least || value > 1'000'000U) return std::nullopt;
  return value;
}

void OptionGroup::text(const std::string& flag, std::string& target, const std::string& help,
                       const std::string& value) {
  declare(app_.add_option(flag, target, help), flag, value, target);
}

void OptionGroup::optional_text(const std::string& flag, std::optional<std::string>& target, const std::string& help,
                                const std::string& value) {
  declare(app_.add_option(flag, target, help), flag, value, "");
}

void OptionGroup::duration(const std::string& flag, std::chrono::milliseconds& target, const std::string& help) {
  auto* option = app_.add_option_function<std::string>(
      flag,
      [&target, flag](const std::string& given) {
        const auto parsed = parse_duration(given, std::chrono::seconds(1));
        if (!parsed) {
          throw CLI::ValidationError(flag, "'" + given + "' is not a duration: write 500ms, 5s, 15m, 2h or 0");
        }
        target = *parsed;
      },
      help);
  declare(option, flag, "TIME", format_duration(target));
}

void OptionGroup::number(const std::string& flag, unsigned& target, const std::string& help) {
  // This is not a CLI11 check, because CLI11 treats a variable that fails a check as not given.
  auto* option = app_.add_option_function<std::string>(
      flag,
      [&target, flag](const std::string& given) {
        const auto value = number_within(given, 0);
        if (!value) throw CLI::ValidationError(flag, "'" + given + "' is not a number from 0 to 1000000");
        target = *value;
      },
      help);
  declare(option, flag, "N", std::to_string(target));
}

void OptionGroup::lock_key(const std::string& flag, std::optional<std::int64_t>& target, const std::string& help) {
  auto* option = app_.add_option_function<std::string>(
      flag,
      [&target, flag](const std::string& given) {
        std::int64_t key = 0;
        const char* const end = given.data() + given.size();
        const auto [at, error] = std::from_chars(given.data(), end, key);
        if (error != std::errc() || at != end) {
          throw CLI::ValidationError(flag,
                                     "'" + given + "' is not a 64-bit number, as pg_advisory_lock(bigint) takes it");
        }
        target = key;
      },
      help);
  declare(option, flag, "KEY", "");
}

void OptionGroup::on(const std::string& flag, bool& target, const std::string& help) {
  auto* option = app_.add_flag(flag, target, help)->group(heading_)->envname(variable_of(flag));
  option->option_text(" ");
}

void OptionGroup::list(const std::string& flag, std::vector<std::string>& target, const std::string& help,
                       const std::string& value) {
  declare(app_.add_option(flag, target, help)->delimiter(':')->expected(1)->take_all(), flag, value, "");
}

void OptionGroup::inputs(const std::string& flag, std::vector<std::string>& target, const std::string& help) {
  auto* option = app_.add_option_function<std::vector<std::string>>(
      flag,
      [&target, flag](const std::vector<std::string>& given) {
        target.clear();
        for (const std::string& list : given) {
          const auto split = split_input_list(list);
          if (!split) throw CLI::ValidationError(flag, split.error());
          target.insert(target.end(), split->begin(), split->end());
        }
      },
      help);
  declare(option->expected(1)->take_all(), flag, "PATH|env:NAME", "");
}

void OptionGroup::patterns(const std::string& flag, std::vector<std::string>& target, const std::string& help) {
  declare(app_.add_option(flag, target, help)->delimiter(',')->expected(1)->take_all(), flag, "PATTERN", "");
}

void OptionGroup::signals(const std::string& flag, StopSignals& target, const std::string& help) {
  const auto take = [&target](const std::string& name) -> std::expected<void, std::string> {
    const auto number = parse_stop_signal(name);
    if (!number) return std::unexpected(number.error());
    target.add(*number);
    return {};
  };
  parts(flag, take, help, "NAME");
}

void OptionGroup::signal_rules(const std::string& flag, SignalRules& target, const std::string& help) {
  parts(flag, [&target](const std::string& rule) { return add_signal_rule(target, rule); }, help, "FROM=TO");
}

void OptionGroup::signal(const std::string& flag, int& target, const std::string& help) {
  auto* option = app_.add_option_function<std::string>(
      flag,
      [&target, flag](const std::string& name) {
        const auto number = parse_signal(name);
        if (!number) throw CLI::ValidationError(flag, number.error());
        target = *number;
      },
      help);
  declare(option, flag, "NAME", "");
}

void OptionGroup::statuses(const std::string& flag, std::vector<unsigned>& target, const std::string& help) {
  const auto take = [&target](const std::string& given) -> std::expected<void, std::string> {
    const auto status = number_within(given, 1);
    if (!status || *status > 255) return std::unexpected("'" + given + "' is not an exit status from 1 to 255");
    target.push_back(*status);
    return {};
  };
  parts(flag, take, help, "STATUS");
}

void OptionGroup::parts(const std::string& flag, const TakePart& take, const std::string& help,
                        const std::string& value) {
  auto* option = app_.add_option_function<std::vector<std::string>>(
      flag,
      [take, flag](const std::vector<std::string>& given) {
        for (const std::string& list : given) {
          for (const std::string& part : split(list, ":")) {
            if (const auto taken = take(part); !taken) throw CLI::ValidationError(flag, taken.error());
          }
        }
      },
      help);
  declare(option->expected(1)->take_all(), flag, value, "");
}

void OptionGroup::declare(CLI::Option* option, const std::string& flag, const std::string& value,
                          const std::string& fallback) {
  option->group(heading_)->envname(variable_of(flag))->option_text(value)->default_str(fallback);
}

}  // namespace pge
