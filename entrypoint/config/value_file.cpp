#include "config/value_file.hpp"

#include <format>
#include <utility>

#include "core/file.hpp"
#include "core/text.hpp"

namespace pge {

Result<std::string> read_value_file(const std::string& variable, const std::string& path) {
  auto text = read_file(path);
  if (!text) {
    return fail(ExitCode::configuration,
                std::format("{}: {} cannot be read: {}", variable, path, text.error().message()),
                "is the secret mounted, and readable by the user that this container starts as?");
  }
  while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
  return *std::move(text);
}

Result<std::string> read_exact_value(const std::string& variable, const std::string& path) {
  auto text = read_value_file(variable, path);
  if (!text) return text;
  const char* odd = text->starts_with(byte_order_mark) ? "starts with a byte order mark (BOM)"
                    : text->contains('\0')             ? "has a NUL byte"
                                                       : nullptr;
  if (odd == nullptr) return text;
  return fail(ExitCode::configuration, std::format("{}: {} {}", variable, path, odd),
              "save it as UTF-8 without a byte order mark, for example: printf %s \"$VALUE\" >FILE");
}

Result<std::optional<ValuePiece>> find_value(const std::string& name, const GetEnv& get) {
  const std::string file_name = name + "_FILE";
  const auto given = [&](const std::string& variable) {
    const char* value = get(variable.c_str());
    return std::string(value == nullptr ? "" : value);
  };
  ValuePiece found{.text = given(name), .file = given(file_name)};
  if (!found.text.empty() && !found.file.empty()) {
    return fail(ExitCode::configuration, std::format("{} and {} are both set", name, file_name), "unset one of them");
  }
  if (found.text.empty() && found.file.empty()) return std::nullopt;
  return found;
}

}  // namespace pge
