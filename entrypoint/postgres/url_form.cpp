#include "postgres/url_form.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <format>
#include <string>

#include "core/strings.hpp"
#include "core/text.hpp"

namespace pge {
namespace {

std::unexpected<Error> malformed(std::string message, std::string hint) {
  return fail(ExitCode::configuration, std::move(message), std::move(hint));
}

/// Whether a part of the user name or password stands where the host should.
bool looks_torn(std::string_view rest) {
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (std::ranges::count(rest.substr(0, rest.find('?')), '@') > 1) return true;
  if (authority.contains('@') || !rest.contains('@')) return false;
  const std::size_t colon = authority.rfind(':');
  if (colon == std::string_view::npos || authority.ends_with(']')) return false;
  const std::string_view port = authority.substr(colon + 1);
  return !std::ranges::all_of(port, [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; });
}

/// Whether a host of the URL is an IPv6 address that has no brackets, with a port or without: libpq takes what follows
/// its first colon for the port.
bool has_bare_ipv6(std::string_view rest) {
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  const auto is_ipv6 = [](std::string_view host) {
    in6_addr address{};
    return inet_pton(AF_INET6, std::string(host.substr(0, host.find('%'))).c_str(), &address) == 1;
  };
  return std::ranges::any_of(split(authority.substr(authority.rfind('@') + 1), ","), [&](std::string_view host) {
    return is_ipv6(host) || is_ipv6(host.substr(0, host.rfind(':')));
  });
}

}  // namespace

Result<> check_encoding(std::string_view text, std::string_view variable) {
  constexpr const char* hint = "save it as UTF-8 without a byte order mark, for example: printf %s \"$URL\" >FILE";
  if (text.starts_with(byte_order_mark)) {
    return malformed(std::format("{} starts with a byte order mark (BOM)", variable), hint);
  }
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    return malformed(std::format("{} is encoded in UTF-16", variable), hint);
  }
  if (text.contains('\0')) return malformed(std::format("{} contains a NUL byte", variable), encode_hint);
  return {};
}

Result<> check_frame(std::string_view url, std::string_view variable) {
  if (url.starts_with('"') || url.starts_with('\'')) {
    return malformed(std::format("{} starts with a quote", variable),
                     "env files and Kubernetes keep quotes as they are: write the URL without them");
  }
  if (url.starts_with(' ') || url.ends_with(' ') || url.find_first_of("\t\r\n\f\v") != std::string_view::npos) {
    return malformed(std::format("{} has white space around the URL, or a line break in it", variable),
                     "keep only the URL, on one line");
  }
  return {};
}

Result<> check_authority(std::string_view rest, std::string_view variable) {
  if (looks_torn(rest)) {
    return malformed(
        std::format("the user name or password in {} has a special character that is not encoded", variable),
        encode_hint);
  }
  if (has_bare_ipv6(rest)) {
    return malformed(std::format("{} has an IPv6 address without brackets", variable),
                     "write postgresql://user:***@[::1]:5432/name");
  }
  return {};
}

}  // namespace pge
