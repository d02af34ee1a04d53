#include "log/line.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <format>
#include <nlohmann/json.hpp>

#include "core/utf8.hpp"

namespace pge {
namespace {

constexpr std::size_t longest_statement = 200;

/// What stands for SQL that nobody has masked.
constexpr std::string_view not_shown = "***";

std::string_view name_of(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
  }
  return "error";
}

std::string text_of(std::chrono::system_clock::time_point time) {
  return std::format("{:%FT%T}Z", std::chrono::floor<std::chrono::milliseconds>(time));
}

bool is_plain(std::string_view value) {
  if (value.empty()) return false;
  for (const char c : value) {
    if (std::isspace(static_cast<unsigned char>(c)) != 0 || std::iscntrl(static_cast<unsigned char>(c)) != 0)
      return false;
    if (c == '"' || c == '=' || c == '\\') return false;
  }
  return true;
}

/// Control characters are escaped, so that one event stays one line and no value can forge another.
std::string quote_value(std::string_view value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (std::iscntrl(static_cast<unsigned char>(c)) != 0) {
      out += std::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string one_line(std::string_view text) {
  std::string out;
  for (const char c : text) out += std::iscntrl(static_cast<unsigned char>(c)) != 0 ? ' ' : c;
  return out;
}

/// Whether what is quoted next names a thing instead of a value: libpq's host or socket, a setting of the server's.
bool names_a_thing(std::string_view before) {
  constexpr std::array<std::string_view, 3> names{"connection to server at ", "connection to server on socket ",
                                                  "parameter "};
  return std::ranges::any_of(names, [&](std::string_view name) { return before.ends_with(name); });
}

}  // namespace

std::string capped(std::string_view text, std::size_t longest) {
  if (text.size() <= longest) return std::string(text);
  return std::string(utf8_prefix(text, longest)) + "…";
}

std::string text_line(std::string_view message, const std::vector<Field>& fields) {
  std::string line = one_line(message);
  for (const Field& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
      line += std::to_string(*number);
    } else if (const auto* text = std::get_if<std::string>(&field.value)) {
      line += is_plain(*text) ? *text : quote_value(*text);
    } else {
      line += not_shown;
    }
  }
  return line;
}

std::string line_head(std::chrono::system_clock::time_point time, Level level, bool bold) {
  return std::format("{} {}{:7}{} ", text_of(time), bold ? "\x1b[1m" : "", name_of(level), bold ? "\x1b[0m" : "");
}

std::string json_line(std::chrono::system_clock::time_point time, Level level, std::string_view message,
                      const std::vector<Field>& fields) {
  nlohmann::ordered_json object;
  object["time"] = text_of(time);
  object["level"] = name_of(level);
  object["message"] = message;
  for (const Field& field : fields) {
    if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
      object[field.key] = *number;
    } else if (const auto* text = std::get_if<std::string>(&field.value)) {
      object[field.key] = *text;
    } else {
      object[field.key] = not_shown;
    }
  }
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

bool shorten(std::string& message, std::vector<Field>& fields) {
  constexpr std::size_t short_already = 64;
  std::string* longest = &message;
  for (Field& field : fields) {
    auto* text = std::get_if<std::string>(&field.value);
    if (text != nullptr && text->size() > longest->size()) longest = text;
  }
  if (longest->size() <= short_already) return false;
  *longest = capped(*longest, longest->size() / 2);
  return true;
}

std::vector<Field> error_fields(const Error& error, bool full) {
  std::vector<Field> fields;
  const auto add = [&](std::string_view key, const std::string& value) {
    if (!value.empty()) fields.emplace_back(key, value);
  };
  add("at", error.where.to_string());
  if (error.server) {
    add("sqlstate", error.server->sqlstate);
    if (!error.server->statement.empty()) {
      const std::size_t longest = full ? std::string::npos : longest_statement;
      fields.push_back(Field::sql("statement", error.server->statement, longest));
    }
    if (full) {
      add("detail", error.server->detail);
      add("context", error.server->context);
    }
  }
  add("output", error.output);
  add("hint", error.hint);
  fields.emplace_back("exit", error.exit_status());
  return fields;
}

std::string error_message(const Error& error, bool full) {
  if (full || !error.sqlstate_class("22")) return error.message;
  std::string masked;
  bool inside = false;
  bool shown = true;    // of what is in quotes
  bool trusted = true;  // a value may have quotes of its own, so that nothing behind one is taken for a name
  for (const char c : error.message) {
    if (c != '"') {
      if (!inside || shown) masked += c;
      continue;
    }
    inside = !inside;
    if (inside) shown = trusted = trusted && names_a_thing(masked);
    masked += inside && !shown ? "\"***" : "\"";
  }
  return masked;
}

}  // namespace pge
