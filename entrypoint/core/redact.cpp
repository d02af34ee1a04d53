#include "core/redact.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>

#include "core/secret_shapes.hpp"

namespace pge {
namespace {

constexpr std::size_t shortest_secret = 4;

/// A password such as "postgres" must not turn "postgresql" into "***ql": only whole words are masked.
void mask_word(std::string& text, const std::string& secret) {
  const auto inside_word = [&](std::size_t at) {
    return at < text.size() && std::isalnum(static_cast<unsigned char>(text[at])) != 0;
  };
  std::size_t from = 0;
  for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, from)) {
    const bool left = at > 0 && inside_word(at - 1) && inside_word(at);
    const bool right = inside_word(at + secret.size() - 1) && inside_word(at + secret.size());
    if (!left && !right) text.replace(at, secret.size(), secret_mask);
    from = at + (left || right ? 1 : secret_mask.size());
  }
}

}  // namespace

void Redactor::add(std::string_view secret) {
  if (secret.size() < shortest_secret) return;
  if (std::ranges::find(secrets_, secret) != secrets_.end()) return;
  secrets_.emplace_back(secret);
  std::ranges::sort(secrets_, [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

std::string Redactor::statement(std::string_view sql) const {
  for (std::size_t at = 0; at < sql.size(); ++at) {
    if (password_word_at(sql, at) == 0) continue;
    const std::size_t quote = sql.find_first_of("'\"$", at);
    if (quote == std::string_view::npos) break;
    return (*this)(sql.substr(0, quote)).append(secret_mask);
  }
  return (*this)(sql);
}

std::string Redactor::operator()(std::string_view text) const {
  std::string out(text);
  for (const std::string& secret : secrets_) mask_word(out, secret);
  mask_urls(out);
  mask_parameters(out);
  return out;
}

}  // namespace pge
