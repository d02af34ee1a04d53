#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pge {

/// libpq's parameters in the order in which they came, each once.
class ParameterList {
 public:
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  void set(std::string_view name, std::string_view value) {
    if (const auto found = position(name); found != pairs_.end()) {
      found->second = value;
    } else {
      pairs_.emplace_back(name, value);
    }
  }

  /// nullptr if it is not there.
  const std::string* find(std::string_view name) const {
    const auto found = std::ranges::find(pairs_, name, &Pairs::value_type::first);
    return found == pairs_.end() ? nullptr : &found->second;
  }

  /// The value of the parameter, which goes; empty if it is not there.
  std::string take(std::string_view name) {
    const auto found = position(name);
    if (found == pairs_.end()) return {};
    std::string value = std::move(found->second);
    pairs_.erase(found);
    return value;
  }

  Pairs pairs() && { return std::move(pairs_); }

 private:
  Pairs::iterator position(std::string_view name) { return std::ranges::find(pairs_, name, &Pairs::value_type::first); }

  Pairs pairs_;
};

}  // namespace pge
