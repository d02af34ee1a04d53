#include "postgres/foreign_values.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <format>
#include <utility>

namespace pge {
namespace {

using Spelling = std::pair<std::string_view, std::string_view>;

constexpr auto sslmode_spellings = std::to_array<Spelling>({
    {"disable", "disable"},
    {"disabled", "disable"},
    {"false", "disable"},
    {"0", "disable"},
    {"off", "disable"},
    {"no", "disable"},
    {"allow", "allow"},
    {"prefer", "prefer"},
    {"preferred", "prefer"},
    {"require", "require"},
    {"required", "require"},
    {"noverify", "require"},
    {"verifyca", "verify-ca"},
    {"verifyfull", "verify-full"},
});

constexpr auto target_spellings = std::to_array<Spelling>({
    {"any", "any"},
    {"preferprimary", "any"},
    {"primary", "primary"},
    {"master", "primary"},
    {"readwrite", "read-write"},
    {"readonly", "read-only"},
    {"secondary", "standby"},
    {"slave", "standby"},
    {"standby", "standby"},
    {"prefersecondary", "prefer-standby"},
    {"preferslave", "prefer-standby"},
    {"preferstandby", "prefer-standby"},
});

template <typename Spellings>
std::optional<std::string> translated(const Spellings& spellings, std::string_view value) {
  const auto* found = std::ranges::find(spellings, bare_word(value), &Spelling::first);
  if (found == spellings.end()) return std::nullopt;
  return std::string(found->second);
}

int hex_digit(char c) {
  const int lower = std::tolower(static_cast<unsigned char>(c));
  if (lower >= '0' && lower <= '9') return lower - '0';
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// The character of the escape that begins at `at`; nothing if none does.
std::optional<char> escape_at(std::string_view text, std::size_t at) {
  if (text[at] != '%' || at + 2 >= text.size()) return std::nullopt;
  const int high = hex_digit(text[at + 1]);
  const int low = hex_digit(text[at + 2]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<char>((high * 16) + low);
}

}  // namespace

std::optional<std::string> translate_sslmode(std::string_view value) {
  return translated(sslmode_spellings, value);
}

std::optional<std::string> translate_target_session(std::string_view value) {
  return translated(target_spellings, value);
}

bool is_true(std::string_view value) {
  constexpr std::string_view words[] = {"", "true", "1", "on", "yes", "t", "y"};
  return std::ranges::contains(words, std::string_view(bare_word(value)));
}

std::string bare_word(std::string_view text) {
  std::string word;
  for (const char c : text) {
    if (c != ' ' && c != '-' && c != '_') word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return word;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto escaped = escape_at(text, i);
    out += escaped.value_or(text[i]);
    if (escaped) i += 2;
  }
  return out;
}

std::string percent_encoded(std::string_view text, std::string_view plain) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || plain.contains(c)) {
      out += c;
    } else {
      out += std::format("%{:02X}", byte);
    }
  }
  return out;
}

bool is_well_encoded(std::string_view text) {
  for (std::size_t i = text.find('%'); i != std::string_view::npos; i = text.find('%', i + 1)) {
    if (escape_at(text, i).value_or('\0') == '\0') return false;
  }
  return true;
}

}  // namespace pge
