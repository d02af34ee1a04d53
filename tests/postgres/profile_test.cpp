#include "postgres/profile.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <string_view>

#include "core/patience.hpp"

using pge::ServerSetting;
using std::chrono::milliseconds;
using std::chrono::seconds;
namespace patience = pge::patience;

namespace {

const ServerSetting& setting(std::string_view name) {
  return *std::ranges::find(pge::safety_settings(), name,
                            [](const ServerSetting& one) { return std::string_view(one.name); });
}

/// After how long a server's kernel gives up a connection on which nothing comes back.
template <typename Value>
milliseconds given_up_after(const Value& value) {
  const auto number = [&](const char* name) { return std::stoi(value(setting(name))); };
  return seconds(number("tcp_keepalives_idle") + number("tcp_keepalives_interval") * number("tcp_keepalives_count"));
}

}  // namespace

TEST_CASE("a server keeps the lock of a client that is gone longer than that client can have a migrator running") {
  const auto ours = [](const ServerSetting& one) { return one.value; };
  CHECK(given_up_after(ours) == patience::lock_without_client);
  // On Linux this one counts.
  CHECK(milliseconds(std::stoi(setting("tcp_user_timeout").value)) >= patience::lock_without_client);
  CHECK(patience::migrator_without_lock < patience::lock_without_client);
}

TEST_CASE("a migrator's sessions that are cut off end before the one with the lock") {
  const auto migrators = [](const ServerSetting& one) { return one.for_migrators; };
  CHECK(given_up_after(migrators) == patience::migrator_without_client);
  CHECK(milliseconds(std::stoi(setting("tcp_user_timeout").for_migrators)) == patience::migrator_without_client);
  CHECK(std::string(setting("idle_session_timeout").for_migrators) == "0");
}
