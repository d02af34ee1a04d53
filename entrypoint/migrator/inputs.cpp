#include "migrator/inputs.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <format>
#include <map>
#include <string_view>
#include <system_error>
#include <vector>

#include "core/file.hpp"
#include "core/sha256.hpp"

namespace pge {
namespace {

namespace fs = std::filesystem;

/// More than a project has, and little enough to be read at a start.
constexpr std::size_t most_entries = 50'000;
constexpr std::size_t deepest_folder = 64;

/// What an editor, Python or the platform leaves beside the files that somebody wrote.
bool left_out(std::string_view name) {
  if (name == "__pycache__" || name == ".git" || name == ".DS_Store" || name.starts_with("..")) return true;
  if (name.ends_with(".pyc") || name.ends_with(".swp") || name.ends_with(".swo") || name.ends_with('~')) return true;
  return name.starts_with(".#") || (name.size() > 1 && name.starts_with('#') && name.ends_with('#'));
}

std::unexpected<Error> unreadable(const std::string& path, const std::string& reason) {
  return fail(ExitCode::no_input, std::format("{} cannot be read: {}", path, reason),
              "--migrator-inputs must name the files and folders that the migrator's result depends on");
}

/// One line per file: name, size, checksum. Links are followed: what is behind them counts, under the link's name.
class Manifest {
 public:
  Result<> add(const fs::path& path) {
    if (++entries_ > most_entries) {
      return unreadable(path.string(), std::format("more than {} files and folders are inputs", most_entries));
    }
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    // Links that name each other have no status.
    if (error == std::errc::too_many_symbolic_link_levels) return unreadable(path.string(), "links form a cycle");
    if (!fs::exists(status)) return unreadable(path.string(), "there is no such file or folder");
    return fs::is_directory(status) ? add_folder(path) : add_file(path);
  }

  std::string text() const {
    std::string text;
    for (const auto& [path, line] : lines_) text.append(path).append(1, '\0').append(line).append(1, '\n');
    return text;
  }

 private:
  Result<> add_file(const fs::path& path) {
    const auto content = read_regular_file(path.string());
    if (!content) return unreadable(path.string(), content.error().message());
    lines_[path.string()] = std::format("{} {}", content->size(), sha256_hex(*content));
    return {};
  }

  Result<> add_folder(const fs::path& path) {
    std::error_code error;
    const fs::path real = fs::canonical(path, error);
    if (error) return unreadable(path.string(), error.message());
    if (open_.size() >= deepest_folder) return unreadable(path.string(), "its folders are nested too deeply");
    for (const fs::path& outer : open_) {
      if (!contains(real, outer)) continue;
      return unreadable(path.string(), std::format("it is a link to {}, which contains it", real.string()));
    }
    open_.push_back(real);
    fs::directory_iterator entry(path, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      if (left_out(entry->path().filename().string())) continue;
      if (auto added = add(entry->path()); !added) return added;
    }
    open_.pop_back();
    if (error) return unreadable(path.string(), error.message());
    return {};
  }

  static bool contains(const fs::path& folder, const fs::path& inner) {
    return std::ranges::mismatch(folder, inner).in1 == folder.end();
  }

  std::map<std::string, std::string> lines_;
  std::vector<fs::path> open_;  ///< the real paths of the folders that are being read, the outermost first
  std::size_t entries_ = 0;
};

}  // namespace

MigratorInputs inputs_of(const std::vector<std::string>& named) {
  constexpr std::string_view prefix = "env:";
  MigratorInputs inputs;
  for (const std::string& one : named) {
    if (one.starts_with(prefix)) {
      inputs.variables.push_back(one.substr(prefix.size()));
    } else {
      inputs.paths.push_back(one);
    }
  }
  return inputs;
}

Result<std::string> digest_inputs(const MigratorInputs& inputs, const EnvironmentList& environment) {
  std::string text = "pg-entrypoint inputs 2\n";
  for (const std::string& name : inputs.variables) {
    const char* value = variable_value(environment, name);
    text.append("env ").append(name).append(1, '\0');
    text += value == nullptr ? std::string("not set") : std::format("{} {}", std::strlen(value), value);
    text += '\n';
  }
  for (const std::string& path : inputs.paths) {
    Manifest manifest;
    if (auto added = manifest.add(fs::path(path).lexically_normal()); !added) return fail(added.error());
    text += manifest.text();
  }
  return sha256_hex(text);
}

std::string digest_words(const std::vector<std::string>& words) {
  std::string text = "pg-entrypoint words\n";
  for (const std::string& word : words) text += word + '\0';
  return sha256_hex(text);
}

}  // namespace pge
