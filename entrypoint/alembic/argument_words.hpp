#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pge {

/// An option as a command line declares it.
struct ArgumentOption {
  char brief = 0;              ///< 'c' of -c; 0: none
  std::string_view full = {};  ///< "config" of --config; empty: none
  bool takes_value = false;
};

/// Reads the words of a command line as Python's argparse does: `--config x`, `--config=x`, any unambiguous beginning
/// of a long name, `-c x`, `-cx`, `-c=x`, flags that share a dash (`-qc x`). What argparse would refuse, and what its
/// versions read differently, is a doubt, which ends the reading.
class ArgumentWords {
 public:
  /// `abbreviates`: whether a long option may be shortened; click, for one, does not allow that.
  ArgumentWords(std::span<const std::string> words, std::span<const ArgumentOption> options, bool abbreviates = true)
      : words_(words), options_(options), abbreviates_(abbreviates) {}

  struct Item {
    const ArgumentOption* option = nullptr;  ///< nothing: a word that is no option
    std::string value = {};                  ///< the option's value, or that word
  };

  /// The next option or word; nothing at the end, or in doubt. A "--" makes words of all that follow.
  std::optional<Item> next();

  /// Everything behind the last item; to be asked for behind a word only.
  std::span<const std::string> rest() const { return words_.subspan(at_); }

  /// Whether a "--" has been read.
  bool separated() const noexcept { return separated_; }

  /// Why the words cannot be read; empty when they can.
  const std::string& doubt() const noexcept { return doubt_; }

 private:
  std::optional<Item> refuse(std::string why);
  std::optional<Item> with_value(const ArgumentOption& option, std::string_view name);
  std::optional<Item> long_option(std::string_view word);
  std::optional<Item> short_options(std::string_view letters);
  const ArgumentOption* find(char brief) const;

  std::span<const std::string> words_;
  std::span<const ArgumentOption> options_;
  bool abbreviates_;
  std::size_t at_ = 0;
  std::string_view letters_ = {};  ///< what is left of flags that share a dash
  bool separated_ = false;
  std::string doubt_;
};

}  // namespace pge
