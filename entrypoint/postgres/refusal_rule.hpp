#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "postgres/classify.hpp"
#include "postgres/connection_settings.hpp"

namespace pge {

/// What becomes of a wait when an attempt to connect fails in this way. docs/refusals.md lists every rule.
enum class Outcome : std::uint8_t {
  at_once,      ///< 78: what is wrong is in our own settings and files, and another attempt finds them as they are
  after_grace,  ///< 78: settings and server do not fit; somebody may be changing the server just now
  refused,      ///< 77: the login or the database; operators create roles and databases late
  waited,       ///< 69 at --wait-timeout: it passes by itself
};

/// Where in the message a rule looks for its text.
enum class Place : std::uint8_t {
  beginning,    ///< libpq could not even try
  anywhere,     ///< whichever attempt says so
  last_reason,  ///< the beginning of what the last attempt says: where the cause is ours, libpq tries no other address
};

/// What a person does about it: a text, or one that depends on the settings.
class RefusalHint {
 public:
  using Of = std::string (*)(const ConnectionSettings&);
  constexpr RefusalHint(std::string_view text) noexcept : text_(text) {}  // NOLINT(google-explicit-constructor)
  constexpr RefusalHint(Of of) noexcept : of_(of) {}                      // NOLINT(google-explicit-constructor)

  std::string operator()(const ConnectionSettings& settings) const {
    return of_ == nullptr ? std::string(text_) : of_(settings);
  }

 private:
  std::string_view text_;
  Of of_ = nullptr;
};

/// One way in which libpq, the server or a pooler says no. libpq always speaks English, and so do poolers; a server
/// speaks its own language, so only its SQLSTATE is certain.
struct RefusalRule {
  Place place;
  std::string_view text;  ///< in the message; empty: any
  Outcome outcome;
  RefusalHint hint;
  std::string_view also = {};      ///< must be in the message too
  std::string_view unless = {};    ///< must not be in the message
  std::string_view sqlstate = {};  ///< of the server's answer: the whole or its beginning; empty: any
};

/// libpq's own texts. The first rule that fits counts.
std::span<const RefusalRule> libpq_refusals() noexcept;

/// The answers of servers and poolers. The first rule that fits counts; an answer without a rule is waited for.
std::span<const RefusalRule> server_refusals() noexcept;

/// The exit code, and what follows before it.
Classification verdict_of(Outcome outcome) noexcept;

}  // namespace pge
