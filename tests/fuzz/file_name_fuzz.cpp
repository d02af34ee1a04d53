// The name of a migration file: a version of digits without leading zeros, and a name; or refused.
#include <string>

#include "fuzz.hpp"
#include "migrations/key.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(pge::fuzz::text_of(data, size));
  static_cast<void>(pge::canonical_version(text));
  for (const std::string& name : {text + ".sql", "1_" + text + ".SQL", "7" + text + ".sql"}) {
    const auto file = pge::parse_file_name("migrations/" + name, name);
    if (!file) continue;
    const std::string& version = file->key.version;
    pge::fuzz::require(pge::canonical_version(version) == version && !file->name.empty());
    pge::fuzz::require(pge::parse_file_name("", pge::make_file_name(*file))->key == file->key);
  }
  return 0;
}
