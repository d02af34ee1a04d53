#include "core/sha256.hpp"

#include <openssl/evp.h>

#include <array>

#include "core/strings.hpp"

namespace pge {
namespace {

/// Found once: with EVP_sha256() OpenSSL looks for it each time.
const EVP_MD* algorithm() {
  static const EVP_MD* const found = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return found;
}

using Digest = std::array<unsigned char, EVP_MAX_MD_SIZE>;

std::string hex_of(const Digest& digest, unsigned size) {
  return in_hex({reinterpret_cast<const char*>(digest.data()), size});
}

}  // namespace

std::string sha256_hex(std::string_view data) {
  Digest digest{};
  unsigned size = 0;
  const EVP_MD* const sha256 = algorithm();
  if (sha256 == nullptr || EVP_Digest(data.data(), data.size(), digest.data(), &size, sha256, nullptr) != 1) return {};
  return hex_of(digest, size);
}

void Sha256::Free::operator()(evp_md_ctx_st* context) const noexcept {
  EVP_MD_CTX_free(context);
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()), copy_(EVP_MD_CTX_new()) {
  restart();
}

void Sha256::restart() {
  works_ = context_ && copy_ && algorithm() != nullptr && EVP_DigestInit_ex2(context_.get(), algorithm(), nullptr) == 1;
}

void Sha256::add(std::string_view piece) {
  works_ = works_ && EVP_DigestUpdate(context_.get(), piece.data(), piece.size()) == 1;
}

std::string Sha256::hex() const {
  Digest digest{};
  unsigned size = 0;
  if (!works_ || EVP_MD_CTX_copy_ex(copy_.get(), context_.get()) != 1) return {};
  if (EVP_DigestFinal_ex(copy_.get(), digest.data(), &size) != 1) return {};
  return hex_of(digest, size);
}

}  // namespace pge
