#include "postgres/connect_failure.hpp"

#include <algorithm>
#include <cstddef>
#include <format>
#include <span>
#include <utility>

#include "postgres/refusal_rule.hpp"
#include "postgres/result_error.hpp"

namespace pge {
namespace {

std::string_view last_reason_of(std::string_view message) {
  constexpr std::string_view failed = " failed: ";
  const std::size_t attempt = message.rfind("connection to server ");
  if (attempt == std::string_view::npos) return {};
  const std::size_t reason = message.find(failed, attempt);
  return reason == std::string_view::npos ? std::string_view() : message.substr(reason + failed.size());
}

bool fits(const RefusalRule& rule, std::string_view message, std::string_view sqlstate) {
  if (!sqlstate.starts_with(rule.sqlstate)) return false;
  const std::string_view text = rule.place == Place::last_reason ? last_reason_of(message) : message;
  const bool found = rule.place == Place::anywhere ? text.contains(rule.text) : text.starts_with(rule.text);
  return found && text.contains(rule.also) && (rule.unless.empty() || !text.contains(rule.unless));
}

/// Code, hint and what follows from the first rule that fits; without one the server is waited for.
Error judged(Error error, std::span<const RefusalRule> rules, std::string_view message,
             const ConnectionSettings& settings) {
  const auto rule =
      std::ranges::find_if(rules, [&](const RefusalRule& r) { return fits(r, message, error.sqlstate()); });
  const bool known = rule != rules.end();
  const Classification verdict = verdict_of(known ? rule->outcome : Outcome::waited);
  error.code = verdict.code;
  error.next = verdict.next;
  if (known) error.hint = fit_to_source(rule->hint(settings), settings);
  return error;
}

}  // namespace

Classification verdict_of(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::at_once:
      return {.code = ExitCode::configuration, .next = Next::leave()};
    case Outcome::after_grace:
      return {.code = ExitCode::configuration, .next = Next::transient()};
    case Outcome::refused:
      return {.code = ExitCode::refused, .next = Next::transient()};
    case Outcome::waited:
      break;
  }
  return {.code = ExitCode::unavailable, .next = Next::reconnect()};
}

Error connect_failure(std::string_view message, const ConnectionSettings& settings) {
  return judged({.message = one_line_message(message)}, libpq_refusals(), message, settings);
}

Error server_refusal(Error error, const ConnectionSettings& settings) {
  if (error.is_stop()) return error;
  const std::string message = error.message;
  return judged(std::move(error), server_refusals(), message, settings);
}

Error refused_by_one(Error refusal) {
  const Classification verdict = verdict_of(Outcome::waited);
  refusal.code = verdict.code;
  refusal.next = verdict.next;
  refusal.message =
      std::format("one host refuses, and another one has not answered or is not ready: {}", refusal.message);
  refusal.hint =
      std::format("bring the other host up, or take it out of the list; if it refuses too: {}", refusal.hint);
  return refusal;
}

std::string fit_to_source(std::string hint, const ConnectionSettings& settings) {
  constexpr std::string_view url = "the URL";
  const std::string& option = settings.parts_option;
  if (option.empty()) return hint;
  for (std::size_t at = hint.find(url); at != std::string::npos; at = hint.find(url, at + option.size())) {
    const std::size_t behind = at + url.size();
    const bool is_spelled_out = std::string_view(hint).substr(behind).starts_with(" (");
    const std::size_t close = is_spelled_out ? hint.find(')', behind) : std::string::npos;
    hint.replace(at, (close == std::string::npos ? behind : close + 1) - at, option);
  }
  return hint;
}

bool server_answered(std::string_view message) noexcept {
  const std::size_t failed = message.find("failed: ");
  return failed != std::string_view::npos && message.find(":  ", failed) != std::string_view::npos;
}

}  // namespace pge
