#pragma once

#include <map>
#include <memory>
#include <string>

#include "config/get_env.hpp"

/// An environment of these variables and no others.
inline pge::GetEnv environment_of(const std::map<std::string, std::string>& values) {
  const auto kept = std::make_shared<const std::map<std::string, std::string>>(values);
  return [kept](const char* name) {
    const auto found = kept->find(name);
    return found == kept->end() ? nullptr : found->second.c_str();
  };
}
