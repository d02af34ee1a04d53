/// A step of the build: writes the completions of all shells into a directory.
#include <cstdio>
#include <exception>
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

int write_all(const std::filesystem::path& directory) {
  CLI::App app;
  pge::Settings settings;
  pge::declare_options(app, settings);
  const pge::CompletionTable table = pge::completion_table(app);
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  const bool written = write(directory / "pg-entrypoint.bash", pge::bash_completion(table)) &&
                       write(directory / "_pg-entrypoint", pge::zsh_completion(table)) &&
                       write(directory / "pg-entrypoint.fish", pge::fish_completion(table));
  return written ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: pge-completions DIRECTORY\n", stderr);
    return 64;
  }
  try {
    return write_all(argv[1]);
  } catch (const std::exception& fault) {
    std::fputs(fault.what(), stderr);
    return 1;
  }
}
