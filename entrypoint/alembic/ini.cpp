#include <algorithm>
#include <cctype>
#include <format>

#include "alembic/config_values.hpp"
#include "alembic/interpolation.hpp"
#include "core/invalid.hpp"
#include "core/text.hpp"

namespace pge {
namespace {

std::string lower(std::string_view text) {
  std::string lowered(text);
  std::ranges::transform(lowered, lowered.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lowered;
}

std::string_view trim_all(std::string_view text) {
  return trim(trim_end(text));
}

/// Reads all sections; keys are lower case, as configparser has them.
class IniReader {
 public:
  explicit IniReader(const Source& source) : source_(source), text_(source.text) {}

  Result<std::map<std::string, std::map<std::string, std::string>>> read() {
    for (std::size_t at = 0; at < text_.size();) {
      const std::size_t end = std::min(text_.find('\n', at), text_.size());
      if (auto done = line(at, text_.substr(at, end - at)); !done) return fail(done.error());
      at = end + 1;
    }
    for (auto& [name, values] : sections_) {
      for (auto& [key, value] : values) value = trim_end(value);
    }
    return std::move(sections_);
  }

 private:
  Result<> line(std::size_t offset, std::string_view whole) {
    const std::string_view content = trim_all(whole);
    if (content.starts_with('#') || content.starts_with(';')) return {};
    const bool indented = !whole.empty() && (whole.front() == ' ' || whole.front() == '\t');
    if (value_ != nullptr && (indented || content.empty())) {
      *value_ += "\n" + std::string(content);
      return {};
    }
    if (content.empty()) return {};
    if (content.starts_with('[') && content.ends_with(']')) {
      section_ = content.substr(1, content.size() - 2);
      sections_[section_];
      value_ = nullptr;
      return {};
    }
    const std::size_t sign = content.find_first_of("=:");
    if (section_.empty() || sign == std::string_view::npos || sign == 0) {
      Error error = invalid_at(source_, offset, "this line is neither a section nor key = value").error();
      error.code = ExitCode::configuration;
      return fail(std::move(error));
    }
    value_ = &sections_[section_][lower(trim_all(content.substr(0, sign)))];
    *value_ = trim_all(content.substr(sign + 1));
    return {};
  }

  const Source& source_;
  std::string_view text_;
  std::string section_;
  std::string* value_ = nullptr;
  std::map<std::string, std::map<std::string, std::string>> sections_;
};

}  // namespace

Result<ConfigValues> parse_ini(const Source& source, std::string_view section) {
  auto sections = IniReader(source).read();
  if (!sections) return fail(sections.error());
  std::map<std::string, std::string> raw = (*sections)["DEFAULT"];
  const auto own = sections->find(std::string(section));
  if (own == sections->end()) {
    return fail({.code = ExitCode::configuration,
                 .message = std::format("there is no section [{}]", section),
                 .hint = "alembic init creates one",
                 .where = {.file = source.path}});
  }
  for (const auto& [key, value] : own->second) raw[key] = value;
  raw["here"] = folder_of(source.path);
  ConfigValues values;
  for (const std::string_view key : read_keys) {
    const auto given = raw.find(std::string(key));
    if (given == raw.end()) continue;
    auto value = interpolate(given->second, raw);
    if (!value) return fail(uninterpolated(source.path, key));
    values[given->first] = {*std::move(value)};
  }
  return values;
}

}  // namespace pge
