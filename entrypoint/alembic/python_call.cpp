#include "alembic/python_call.hpp"

#include <algorithm>

namespace pge {
namespace {

PythonArgument argument_of(std::span<const PythonToken> tokens) {
  if (tokens.size() > 1 && tokens[0].kind == PythonKind::name && tokens[1].is("=")) {
    return {.keyword = tokens[0].text, .value = tokens.subspan(2)};
  }
  if (!tokens[0].is("*")) return {.value = tokens};
  const std::size_t stars = tokens.size() > 1 && tokens[1].is("*") ? 2 : 1;
  return {.spread = true, .value = tokens.subspan(stars)};
}

}  // namespace

std::vector<PythonArgument> arguments_of(std::span<const PythonToken> tokens, std::size_t open) {
  std::vector<PythonArgument> arguments;
  const int depth = tokens[open].depth + 1;
  std::size_t begin = open + 1;
  std::size_t lambdas = 0;  // whose parameters, with commas of their own, are not over yet
  for (std::size_t at = begin; at < tokens.size(); ++at) {
    if (tokens[at].depth != depth) continue;
    if (tokens[at].is("lambda")) ++lambdas;
    if (tokens[at].is(":") && lambdas > 0) --lambdas;
    const bool closes = tokens[at].is(")");
    if (!closes && (lambdas > 0 || !tokens[at].is(","))) continue;
    if (at > begin) arguments.push_back(argument_of(tokens.subspan(begin, at - begin)));
    begin = at + 1;
    if (closes) break;
  }
  return arguments;
}

bool are_tokens(std::span<const PythonToken> tokens, std::initializer_list<std::string_view> texts) {
  return std::ranges::equal(tokens, texts, {}, [](const PythonToken& token) { return std::string_view(token.text); });
}

}  // namespace pge
