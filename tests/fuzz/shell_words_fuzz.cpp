// The command line of a migrator, and durations.
#include "core/duration.hpp"
#include "fuzz.hpp"
#include "migrator/shell_words.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = pge::fuzz::text_of(data, size);
  if (const auto words = pge::split_words(text)) pge::fuzz::require(!words->empty());
  static_cast<void>(pge::parse_duration(std::string(text), std::chrono::seconds(1)));
  return 0;
}
