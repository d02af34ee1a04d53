#include "migrations/unused.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace pge {
namespace {

namespace fs = std::filesystem;

std::string in_lower_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

bool is_compressed_sql(std::string_view lower_case_name) {
  constexpr std::array<std::string_view, 6> endings{".sql.gz",  ".sql.bz2", ".sql.xz",
                                                    ".sql.zst", ".sql.lz4", ".sql.zip"};
  return std::ranges::any_of(endings, [&](std::string_view ending) { return lower_case_name.ends_with(ending); });
}

/// Whether the folder itself has an SQL file, as Prisma's and Diesel's folders have.
bool has_sql(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const std::string name = in_lower_case(entry->path().filename().string());
    if (!name.starts_with('.') && name.ends_with(".sql")) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> unused_entries(const std::string& directory) {
  std::vector<std::string> unused;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with('.')) continue;
    std::error_code ignored;
    if (entry->is_directory(ignored)) {
      if (has_sql(entry->path())) unused.push_back(name + "/");
    } else if (is_compressed_sql(in_lower_case(name))) {
      unused.push_back(name);
    }
  }
  std::ranges::sort(unused);
  return unused;
}

}  // namespace pge
