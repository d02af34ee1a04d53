#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;  // NOLINT(readability-identifier-naming)

namespace pge {

/// Lower-case SHA-256 in hex; empty when the library has no SHA-256 (a broken OpenSSL).
std::string sha256_hex(std::string_view data);

/// SHA-256 of a text that comes piece by piece, and of one text after the other.
class Sha256 {
 public:
  Sha256();

  /// Forget what was added.
  void restart();
  void add(std::string_view piece);
  /// Of all pieces so far, as `sha256_hex` has it; more may follow.
  std::string hex() const;

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };
  using Context = std::unique_ptr<evp_md_ctx_st, Free>;

  Context context_;
  Context copy_;  ///< for `hex`; kept, because making one costs as much as hashing a small file
  bool works_ = false;
};

}  // namespace pge
