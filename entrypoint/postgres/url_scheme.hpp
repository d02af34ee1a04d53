#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "postgres/foreign_parameters.hpp"

namespace pge {

struct UrlScheme {
  Dialect dialect = Dialect::any;
  bool is_encrypted = false;  ///< the scheme itself asks for TLS (r2dbcs:)
  std::string rest;           ///< what follows "//"
};

/// Takes the scheme off a URL in any spelling that names PostgreSQL: postgres://, postgresql+asyncpg://, ecto://,
/// jdbc:postgresql:…, r2dbc:pool:postgresql://, db:pg://, …; nothing for another one.
std::optional<UrlScheme> split_scheme(std::string_view url);

/// Whether the text is meant to be a URL, and not key=value pairs: it has "://" before any "=", or begins with jdbc:.
bool looks_like_url(std::string_view text);

}  // namespace pge
