#include "core/file.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>

namespace pge {

std::expected<std::string, std::error_code> read_file(const std::string& path) {
  const auto failed = [] { return std::unexpected(std::error_code(errno, std::generic_category())); };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), std::fclose);
  if (!file) return failed();
  std::string text;
  std::array<char, 64 << 10> block{};
  while (const std::size_t size = std::fread(block.data(), 1, block.size(), file.get())) {
    text.append(block.data(), size);
  }
  if (std::ferror(file.get()) != 0) return failed();
  return text;
}

}  // namespace pge
