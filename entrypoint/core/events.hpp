#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace pge {

enum class Level : std::uint8_t { debug, info, warning, error };

/// SQL that has not been masked yet. Only `Events::shown` makes a text of it.
struct Sql {
  std::string text;
  std::size_t longest = std::string::npos;  ///< how many bytes of it are shown, once it has been masked
};

/// One `key=value` of an event; numbers stay numbers in JSON.
struct Field {
  std::string key;
  std::variant<std::string, std::int64_t, Sql> value;

  Field(std::string_view k, std::string v) : key(k), value(std::move(v)) {}
  Field(std::string_view k, std::string_view v) : key(k), value(std::string(v)) {}
  Field(std::string_view k, const char* v) : key(k), value(std::string(v)) {}
  Field(std::string_view k, std::integral auto v) : key(k), value(static_cast<std::int64_t>(v)) {}
  /// Durations are reported in whole milliseconds; name the key `…_ms`.
  template <typename Rep, typename Period>
  Field(std::string_view k, std::chrono::duration<Rep, Period> v)
      : key(k), value(static_cast<std::int64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(v).count())) {}

  /// A field that holds SQL, whatever its key is called: SQL can spell a password in more ways than other text can, so
  /// it goes through a stricter mask (`Redactor::statement`). At most `longest` bytes are shown.
  static Field sql(std::string_view key, std::string text, std::size_t longest = std::string::npos) {
    return {key, Sql{.text = std::move(text), .longest = longest}};
  }

 private:
  Field(std::string_view k, Sql v) : key(k), value(std::move(v)) {}
};

/// Where stages report what has happened (past tense: "applied", not "applying… ok?"). It is declared here and
/// implemented in `log/`, so that no lower layer knows what a log line looks like.
class Events {
 public:
  virtual ~Events() = default;
  virtual void event(Level level, std::string_view message, const std::vector<Field>& fields) = 0;

  /// The value of `field` as an event would show it, masked and cut: for a message that quotes it.
  virtual std::string shown(const Field& field) const = 0;

  void debug(std::string_view message, std::initializer_list<Field> fields = {}) {
    event(Level::debug, message, fields);
  }
  void info(std::string_view message, std::initializer_list<Field> fields = {}) { event(Level::info, message, fields); }
  void warning(std::string_view message, std::initializer_list<Field> fields = {}) {
    event(Level::warning, message, fields);
  }
};

}  // namespace pge
