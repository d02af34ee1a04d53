#include "postgres/local_ports.hpp"

#include <charconv>
#include <fstream>
#include <string>

#include "core/strings.hpp"

namespace pge {
namespace {

constexpr const char* established = "01";

/// "0100007F:1F90" → 8080; 0 if there is no port.
int port_of(const std::string& address) {
  constexpr int hexadecimal = 16;
  int port = 0;
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) return port;
  std::from_chars(address.data() + colon + 1, address.data() + address.size(), port, hexadecimal);
  return port;
}

}  // namespace

std::vector<int> local_ports(std::initializer_list<const char*> tables) {
  std::vector<int> ports;
  for (const char* table : tables) {
    std::ifstream file(table);
    for (std::string line; std::getline(file, line);) {
      const auto columns = split(line, " ");  // sl, local_address, rem_address, st, …
      if (columns.size() > 3 && columns[3] == established) ports.push_back(port_of(columns[1]));
    }
  }
  return ports;
}

}  // namespace pge
