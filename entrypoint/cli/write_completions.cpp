/// A step of the build: writes the completions of all shells into a directory.
#include <filesystem>
#include <fstream>
#include <iostream>

#include "cli/completions.hpp"
#include "cli/options.hpp"

namespace {

bool write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) std::cerr << path << ": cannot be written\n";
  return static_cast<bool>(file);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: pge-completions DIRECTORY\n";
    return 64;
  }
  CLI::App app;
  pge::Settings settings;
  pge::declare_options(app, settings);
  const pge::CompletionTable table = pge::completion_table(app);
  const std::filesystem::path directory(argv[1]);
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  const bool written = write(directory / "pg-entrypoint.bash", pge::bash_completion(table)) &&
                       write(directory / "_pg-entrypoint", pge::zsh_completion(table)) &&
                       write(directory / "pg-entrypoint.fish", pge::fish_completion(table));
  return written ? 0 : 1;
}
