#include "core/environment_list.hpp"

#include <unistd.h>

#include <algorithm>
#include <format>

namespace pge {
namespace {

bool sets(std::string_view entry, std::string_view name) noexcept {
  return entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=';
}

}  // namespace

bool is_variable_name(std::string_view name) noexcept {
  const auto fits = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return !name.empty() && !is_digit(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return fits(c) || is_digit(c); });
}

std::string_view variable_name(std::string_view entry) noexcept {
  return entry.substr(0, entry.find('='));
}

const char* variable_value(const EnvironmentList& environment, std::string_view name) noexcept {
  for (const std::string& entry : environment) {
    if (sets(entry, name)) return entry.c_str() + name.size() + 1;
  }
  return nullptr;
}

void set_variable(EnvironmentList& environment, std::string_view name, std::string_view value) {
  unset_variable(environment, name);
  environment.push_back(std::format("{}={}", name, value));
}

void unset_variable(EnvironmentList& environment, std::string_view name) {
  std::erase_if(environment, [&](const std::string& entry) { return sets(entry, name); });
}

UsedEnvironment::UsedEnvironment(const EnvironmentList& environment) : own_(environ) {
  entries_.reserve(environment.size() + 1);
  // environ(7) has no const for reasons of history; nobody writes through it while this lives.
  for (const std::string& entry : environment) entries_.push_back(const_cast<char*>(entry.c_str()));  // NOLINT
  entries_.push_back(nullptr);
  environ = entries_.data();
}

UsedEnvironment::~UsedEnvironment() {
  environ = own_;
}

}  // namespace pge
