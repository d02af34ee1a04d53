#include "migrator/inputs.hpp"

#include <filesystem>
#include <format>
#include <map>

#include "core/file.hpp"
#include "core/sha256.hpp"

namespace pge {
namespace {

namespace fs = std::filesystem;

bool left_out(const std::string& name) {
  return name == "__pycache__" || name == ".git" || name.ends_with(".pyc") || name.starts_with("..");
}

std::unexpected<Error> unreadable(const std::string& path, const std::string& reason) {
  return fail(ExitCode::no_input, std::format("{} cannot be read: {}", path, reason),
              "--migrator-inputs names the files and folders that the migrator's result depends on");
}

/// One line per file: name, size, checksum.
class Manifest {
 public:
  Result<> add(const fs::path& path) {
    std::error_code error;
    const fs::file_status link = fs::symlink_status(path, error);
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status)) return unreadable(path.string(), "there is no such file or folder");
    if (!fs::is_directory(status)) return add_file(path);
    if (fs::is_symlink(link) && depth_ > 0) {
      lines_[path.string()] = "link " + fs::read_symlink(path, error).string();
      return {};
    }
    return add_folder(path);
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
    ++depth_;
    std::error_code error;
    fs::directory_iterator entry(path, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      if (left_out(entry->path().filename().string())) continue;
      if (auto added = add(entry->path()); !added) return added;
    }
    --depth_;
    if (error) return unreadable(path.string(), error.message());
    return {};
  }

  std::map<std::string, std::string> lines_;
  int depth_ = 0;
};

}  // namespace

Result<std::string> digest_inputs(const MigratorInputs& inputs) {
  std::string text = "pg-entrypoint inputs 1\n";
  for (const std::string& word : inputs.words) text += word + '\0';
  text += '\n' + inputs.state_query + '\n';
  for (const std::string& path : inputs.paths) {
    Manifest manifest;
    if (auto added = manifest.add(fs::path(path).lexically_normal()); !added) return std::unexpected(added.error());
    text += manifest.text();
  }
  return sha256_hex(text);
}

}  // namespace pge
