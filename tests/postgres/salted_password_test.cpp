#include <array>
#include <catch2/catch_test_macros.hpp>
#include <cstdint>
#include <string>

// What libpq calls, which the linker sends to ours, and libpq's own function (cmake/Dependencies.cmake).
// NOLINTBEGIN(bugprone-reserved-identifier, cert-dcl37-c, cert-dcl51-cpp, readability-identifier-naming)
extern "C" int scram_SaltedPassword(const char*, int, int, const char*, int, int, std::uint8_t*, const char**);
extern "C" int __wrap_scram_SaltedPassword(const char*, int, int, const char*, int, int, std::uint8_t*, const char**);
extern "C" int __real_scram_SaltedPassword(const char*, int, int, const char*, int, int, std::uint8_t*, const char**);

namespace {

constexpr int sha256 = 3;

using Key = std::array<std::uint8_t, 32>;

Key key_of(decltype(&scram_SaltedPassword) function, const std::string& password, const std::string& salt, int rounds) {
  Key key{};
  const char* error = nullptr;
  const int status = function(password.c_str(), sha256, static_cast<int>(key.size()), salt.data(),
                              static_cast<int>(salt.size()), rounds, key.data(), &error);
  CHECK(status == 0);
  return key;
}

}  // namespace

TEST_CASE("the key of a SCRAM login is the one that libpq computes") {
  for (const std::string& password :
       {std::string(), std::string("x"), std::string("kQ7@hush/#?%:&= pw"), std::string("größer"), std::string(64, 'a'),
        std::string(65, 'b'), std::string(200, 'c')}) {
    for (const std::string& salt : {std::string(16, '\0'), std::string("0123456789abcdef"), std::string(100, 's')}) {
      for (const int rounds : {1, 2, 4096}) {
        CHECK(key_of(__wrap_scram_SaltedPassword, password, salt, rounds) ==
              key_of(__real_scram_SaltedPassword, password, salt, rounds));
      }
    }
  }
}

TEST_CASE("the calls of libpq's name lead to our function") {
  // Volatile, because a compiler may take two functions for different ones.
  using Function = decltype(&scram_SaltedPassword);
  const volatile Function called = &scram_SaltedPassword;
  const volatile Function ours = &__wrap_scram_SaltedPassword;
  CHECK((called == ours));
}
// NOLINTEND(bugprone-reserved-identifier, cert-dcl37-c, cert-dcl51-cpp, readability-identifier-naming)
