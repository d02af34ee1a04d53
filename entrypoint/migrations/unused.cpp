#include "migrations/unused.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace pge {
namespace {

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
bool has_sql(const std::string& folder) {
  const auto listing = Listing::read(folder);
  return listing && std::ranges::any_of(listing->entries(), [](const Listing::Entry& entry) {
           return in_lower_case(entry.name).ends_with(".sql");
         });
}

}  // namespace

std::vector<std::string> unused_entries(const Listing& listing) {
  std::vector<std::string> unused;
  for (const Listing::Entry& entry : listing.entries()) {
    if (entry.name.ends_with(".sql") && entry.kind == Listing::Kind::file) continue;  // nearly all of them
    if (listing.is_directory(entry)) {
      if (has_sql(listing.path_of(entry))) unused.push_back(entry.name + "/");
    } else if (is_compressed_sql(in_lower_case(entry.name))) {
      unused.push_back(entry.name);
    }
  }
  std::ranges::sort(unused);
  return unused;
}

}  // namespace pge
