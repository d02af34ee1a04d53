#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pge {

/// Replaces passwords in text that goes out. Knows the secrets it was told, and the shapes in which
/// a password usually appears (`scheme://user:secret@host`, `password=secret`, `PASSWORD 'secret'`,
/// `set_config('app.password', 'secret', …)`).
class Redactor {
 public:
  /// Remember a secret; the raw and the percent-encoded spelling should both be given. A secret of fewer than 4
  /// characters is masked in the known shapes only; otherwise it would be replaced inside ordinary words.
  void add(std::string_view secret);

  /// `text` with every secret, where it stands as a word of its own, replaced by `***`.
  std::string operator()(std::string_view text) const;

  /// The same for SQL, where a password may be spelled in more ways than can be known (format(), quote_literal(), an
  /// escape string): from the first quote after a word that means a password, nothing is shown.
  std::string statement(std::string_view sql) const;

 private:
  std::vector<std::string> secrets_;  // longest first
};

}  // namespace pge
