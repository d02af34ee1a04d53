#include "config/placeholder_text.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <format>
#include <iterator>
#include <optional>
#include <utility>

#include "config/value_file.hpp"
#include "core/environment_list.hpp"

namespace pge {
namespace {

constexpr std::string_view opening = "${";
constexpr std::string_view fallback = ":-";
constexpr std::string_view required = ":?";
constexpr auto npos = std::string_view::npos;

using Pieces = std::vector<ValuePiece>;

struct Placeholder {
  std::string_view name;
  std::string_view operation;  ///< `fallback`, `required` or empty
  std::string_view operand;
};

/// The offset behind the '}' that closes the "${" at `at`; npos when none does.
std::size_t end_of_placeholder(std::string_view text, std::size_t at) noexcept {
  std::size_t depth = 0;
  for (; at < text.size(); ++at) {
    if (text.substr(at).starts_with(opening)) ++depth;
    if (text[at] == '}' && --depth == 0) return at + 1;
  }
  return npos;
}

/// The placeholder between `at` and `end`; nothing for what a shell or compose may know and this does not.
std::optional<Placeholder> take_apart(std::string_view text, std::size_t at, std::size_t end) noexcept {
  if (end == npos) return std::nullopt;
  const std::string_view inside = text.substr(at + opening.size(), end - at - opening.size() - 1);
  std::size_t length = 0;
  while (length < inside.size() && is_variable_name(inside.substr(0, length + 1))) ++length;
  const std::string_view rest = inside.substr(length);
  if (length == 0) return std::nullopt;
  if (rest.empty()) return Placeholder{.name = inside, .operation = {}, .operand = {}};
  for (const std::string_view operation : {fallback, required}) {
    if (!rest.starts_with(operation)) continue;
    return Placeholder{
        .name = inside.substr(0, length), .operation = operation, .operand = rest.substr(operation.size())};
  }
  return std::nullopt;
}

/// "$NAME", "$$", "$(NAME)": what is a variable elsewhere.
bool is_stray(std::string_view rest) noexcept {
  if (!rest.starts_with('$') || rest.size() < 2) return false;
  return rest[1] == '$' || rest[1] == '(' || rest[1] == '_' || std::isalpha(static_cast<unsigned char>(rest[1])) != 0;
}

std::unexpected<Error> refuse(const PlaceholderPlace& place, std::string_view what) {
  return fail(ExitCode::configuration, std::format("{} has {}", place.name, what),
              "write ${NAME}, ${NAME:-default} or ${NAME:?message}; a '$' of its own comes from a variable");
}

Result<Pieces> value_of(const Placeholder& placeholder, const PlaceholderPlace& place, const GetEnv& get) {
  const std::string name(placeholder.name);
  auto found = find_value(name, get);
  if (!found) return fail(found.error());
  Pieces pieces;
  if (*found) {
    pieces.push_back(**std::move(found));
    return pieces;
  }
  if (placeholder.operation == fallback) return fill_placeholders(placeholder.operand, place, get);
  if (placeholder.operation == required) {
    const std::string_view reason = placeholder.operand.empty() ? "it must be set" : placeholder.operand;
    return fail(ExitCode::configuration, std::format("{} needs {}, which is not set: {}", place.name, name, reason),
                std::format("set {0}, or {0}_FILE", name));
  }
  return pieces;
}

}  // namespace

Result<std::vector<ValuePiece>> fill_placeholders(std::string_view text, const PlaceholderPlace& place,
                                                  const GetEnv& get) {
  Pieces pieces;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    if (!rest.starts_with(opening)) {
      if (!place.has_plain_dollar && is_stray(rest)) return refuse(place, "a '$' that begins no placeholder");
      const std::size_t length = rest.find('$', 1);
      pieces.push_back({.text = std::string(rest.substr(0, length)), .file = {}});
      at = length == npos ? text.size() : at + length;
      continue;
    }
    const std::size_t end = end_of_placeholder(text, at);
    const auto placeholder = take_apart(text, at, end);
    if (!placeholder) return refuse(place, "a \"${\" that begins no placeholder");
    auto value = value_of(*placeholder, place, get);
    if (!value) return fail(value.error());
    std::ranges::move(*value, std::back_inserter(pieces));
    at = end;
  }
  return pieces;
}

std::vector<std::string> placeholder_names(std::string_view text) {
  std::vector<std::string> names;
  for (std::size_t at = text.find(opening); at != npos; at = text.find(opening, at + 1)) {
    if (const auto placeholder = take_apart(text, at, end_of_placeholder(text, at))) {
      names.emplace_back(placeholder->name);
    }
  }
  return names;
}

bool is_one_placeholder(std::string_view text) noexcept {
  return text.starts_with(opening) && end_of_placeholder(text, 0) == text.size();
}

}  // namespace pge
