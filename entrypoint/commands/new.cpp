#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <format>
#include <fstream>

#include "commands/command.hpp"
#include "core/print.hpp"
#include "migrations/key.hpp"
#include "migrations/remark.hpp"

namespace pge {

/// An empty migration, named by UTC time. Needs no database.
int run_new(const Context& context) {
  const Settings& settings = context.settings;
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  std::string name;
  for (const char c : settings.arguments.name) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (plain) name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (!plain && !name.empty() && !name.ends_with('_')) name += '_';
  }
  while (name.ends_with('_')) name.pop_back();
  const std::string directory = settings.migrating.directory.empty() ? "migrations" : settings.migrating.directory;
  const std::string path = std::format(
      "{}/{}", directory, make_file_name({.key = {.version = std::format("{:%Y%m%d%H%M%S}", now)}, .name = name}));
  const auto refuse = [&](ExitCode code, std::string message, std::string hint) {
    return context.leave_with({.code = code, .message = std::move(message), .hint = std::move(hint)});
  };
  if (name.empty()) {
    return refuse(ExitCode::usage, std::format("no file name can be made from '{}'", settings.arguments.name),
                  "use letters and digits");
  }
  std::ofstream file(path, std::ios::noreplace);
  const int error = errno;
  file << new_migration_text;
  file.close();
  if (!file) {
    return refuse(ExitCode::no_input, std::format("{} cannot be written: {}", path, std::strerror(error)),
                  std::format("does the directory {} exist, and can you write to it? mkdir {}", directory, directory));
  }
  if (auto printed = print(path + "\n"); !printed) {
    return refuse(printed.error().code, std::format("{} was written, but {}", path, printed.error().message),
                  printed.error().hint);
  }
  return 0;
}

}  // namespace pge
