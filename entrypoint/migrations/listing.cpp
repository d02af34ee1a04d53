#include "migrations/listing.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <cerrno>
#include <filesystem>
#include <memory>

namespace pge {
namespace {

struct Close {
  void operator()(DIR* stream) const noexcept { closedir(stream); }
};

std::unexpected<std::error_code> system_error() {
  return std::unexpected(std::error_code(errno, std::generic_category()));
}

Listing::Kind kind_of(unsigned char type) noexcept {
  if (type == DT_REG) return Listing::Kind::file;
  return type == DT_DIR ? Listing::Kind::directory : Listing::Kind::other;
}

}  // namespace

bool Listing::is_directory(const Entry& entry) const {
  std::error_code ignored;
  if (entry.kind != Kind::other) return entry.kind == Kind::directory;
  return std::filesystem::is_directory(path_of(entry), ignored);
}

std::expected<Listing, std::error_code> Listing::read(const std::string& path) {
  Listing listing;
  listing.directory_.reset(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (listing.directory_.get() < 0) return system_error();
  listing.prefix_ = path.ends_with('/') ? path : path + "/";
  Descriptor own(fcntl(listing.directory_.get(), F_DUPFD_CLOEXEC, 0));
  const std::unique_ptr<DIR, Close> stream(own.get() < 0 ? nullptr : fdopendir(own.get()));
  if (!stream) return system_error();
  own.release();
  for (errno = 0; const dirent* entry = readdir(stream.get()); errno = 0) {
    if (entry->d_name[0] != '.') listing.entries_.push_back({.name = entry->d_name, .kind = kind_of(entry->d_type)});
  }
  if (errno != 0) return system_error();
  return listing;
}

}  // namespace pge
