// What becomes of a static program that takes the image's nsswitch.conf and openssl.cnf as they are: it prints the
// modules that it has loaded, or dies of them. The opposite of settle_names() and settle_openssl().
//   naive user | host | openssl
#include <netdb.h>
#include <openssl/crypto.h>
#include <pwd.h>

#include <fstream>
#include <iostream>
#include <string>

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "user") {
    getpwnam("nobody-has-this-name");
  } else if (what == "host") {
    addrinfo* found = nullptr;
    getaddrinfo("no-such-host.invalid", "5432", nullptr, &found);
  } else {
    OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, nullptr);
  }
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find(".so") != std::string::npos) std::cout << line.substr(line.find('/')) << "\n";
  }
  std::cout << "alive" << std::endl;
}
