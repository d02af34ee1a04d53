#include "alembic/argument_words.hpp"

#include <algorithm>
#include <format>

namespace pge {
namespace {

bool looks_like_an_option(std::string_view word) {
  return word.size() > 1 && word.front() == '-';
}

}  // namespace

std::optional<ArgumentWords::Item> ArgumentWords::refuse(std::string why) {
  doubt_ = std::move(why);
  return std::nullopt;
}

const ArgumentOption* ArgumentWords::find(char brief) const {
  const auto found = std::ranges::find(options_, brief, &ArgumentOption::brief);
  return brief == 0 || found == options_.end() ? nullptr : &*found;
}

std::optional<ArgumentWords::Item> ArgumentWords::next() {
  if (!doubt_.empty()) return std::nullopt;
  if (!letters_.empty()) return short_options(letters_);
  if (at_ >= words_.size()) return std::nullopt;
  const std::string& word = words_[at_++];
  if (separated_ || !looks_like_an_option(word)) {
    // argparse removes the first "--" only, and not all of its versions do.
    if (separated_ && word == "--") return refuse("\"--\" is there twice");
    return Item{.value = word};
  }
  if (word == "--") {
    separated_ = true;
    return next();
  }
  if (word.starts_with("--")) return long_option(std::string_view(word).substr(2));
  return short_options(std::string_view(word).substr(1));
}

/// The next word is the value, unless it looks like an option.
std::optional<ArgumentWords::Item> ArgumentWords::with_value(const ArgumentOption& option, std::string_view name) {
  if (at_ >= words_.size() || looks_like_an_option(words_[at_])) return refuse(std::format("{} has no value", name));
  return Item{.option = &option, .value = words_[at_++]};
}

std::optional<ArgumentWords::Item> ArgumentWords::long_option(std::string_view word) {
  const std::size_t sign = word.find('=');
  const std::string_view name = word.substr(0, sign);
  std::vector<const ArgumentOption*> candidates;
  for (const ArgumentOption& option : options_) {
    if (option.full.empty()) continue;
    if (option.full == name) {
      candidates = {&option};
      break;
    }
    if (abbreviates_ && option.full.starts_with(name)) candidates.push_back(&option);
  }
  if (candidates.empty()) return refuse(std::format("it has no option --{}", name));
  if (candidates.size() > 1) return refuse(std::format("--{} is ambiguous", name));
  const ArgumentOption& option = *candidates.front();
  if (sign == std::string_view::npos) {
    return option.takes_value ? with_value(option, std::format("--{}", name)) : Item{.option = &option};
  }
  if (!option.takes_value) return refuse(std::format("--{} takes no value", option.full));
  return Item{.option = &option, .value = std::string(word.substr(sign + 1))};
}

/// `letters` is what follows a dash: flags, of which the last one may be an option with its value.
std::optional<ArgumentWords::Item> ArgumentWords::short_options(std::string_view letters) {
  const bool is_first = letters_.empty();
  letters_ = {};
  const ArgumentOption* option = find(letters.front());
  if (option == nullptr) return refuse(std::format("it has no option -{}", letters.front()));
  letters.remove_prefix(1);
  if (!option->takes_value) {
    if (letters.starts_with('=')) return refuse(std::format("-{} takes no value", option->brief));
    letters_ = letters;
    return Item{.option = option};
  }
  if (letters.empty()) return with_value(*option, std::format("-{}", option->brief));
  // The versions of argparse differ in what they make of -qc=x, and so do argparse and click in -c=x.
  if (letters.starts_with('=') && !(is_first && abbreviates_)) return refuse("an \"=\" behind a short option");
  return Item{.option = option, .value = std::string(letters.substr(letters.starts_with('=') ? 1 : 0))};
}

}  // namespace pge
