#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace pge {

/// A setting that a session starts with.
struct StartupSetting {
  std::string name;
  std::string value;

  bool operator==(const StartupSetting&) const = default;
};

/// The settings as libpq's `options`, and its variable PGOPTIONS, take them: "-c name=value -c …".
std::string startup_options(std::span<const StartupSetting> settings);

/// `url` with `options` behind the options that it has, because those take precedence over PGOPTIONS (libpq-connect);
/// of two settings with one name the later counts. A URL without options stays as it is. Fails as
/// `parse_connection_settings` does.
Result<std::string> with_startup_options(std::string_view url, std::string_view variable, const std::string& options);

/// The driver that the URL's spelling names (postgresql+asyncpg:, jdbc:) if it is one that does not use libpq; empty
/// when the spelling names none.
std::string driver_without_libpq(std::string_view url);

}  // namespace pge
