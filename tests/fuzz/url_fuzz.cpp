// A database URL: understood or refused, and no message shows what may be the password.
#include <string>

#include "fuzz.hpp"
#include "postgres/connection_settings.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string rest(pge::fuzz::text_of(data, size));
  static_cast<void>(pge::parse_connection_settings(rest, "DATABASE_URL"));
  constexpr const char* secret = "Hush4711Hush";
  if (rest.contains("Hush")) return 0;  // the fuzzer reads the comparison: it would put the word elsewhere
  const std::string in_password = rest.contains('@') ? "" : rest;
  const std::string forms[] = {std::string("postgresql://user:") + secret + rest, rest + "?password=" + secret,
                               "postgresql://user:" + in_password + secret + "@host/name",
                               "password=" + std::string(secret) + " " + rest};
  for (const std::string& url : forms) {
    const auto parsed = pge::parse_connection_settings(url, "DATABASE_URL");
    if (parsed) continue;
    pge::fuzz::require(!parsed.error().message.contains(secret) && !parsed.error().hint.contains(secret));
  }
  return 0;
}
