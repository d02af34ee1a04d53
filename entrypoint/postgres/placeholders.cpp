#include "postgres/placeholders.hpp"

#include <cstddef>
#include <format>
#include <string>

#include "core/environment_list.hpp"

namespace pge {
namespace {

/// The first "${NAME}", "${NAME:-default}" or "$(NAME)"; empty if there is none.
std::string_view first_placeholder(std::string_view text) {
  for (std::size_t at = text.find('$'); at < text.size() - 1; at = text.find('$', at + 1)) {
    const char close = text[at + 1] == '{' ? '}' : text[at + 1] == '(' ? ')' : '\0';
    const std::size_t end = close == '\0' ? std::string_view::npos : text.find(close, at);
    if (end == std::string_view::npos) continue;
    const std::string_view inside = text.substr(at + 2, end - at - 2);
    if (is_variable_name(inside.substr(0, inside.find_first_of(":-?+")))) return text.substr(at, end + 1 - at);
  }
  return {};
}

}  // namespace

Result<> check_placeholders(std::string_view text, std::string_view variable) {
  const std::size_t equals = text.find('=');
  if (equals != std::string_view::npos && is_variable_name(text.substr(0, equals)) &&
      text.substr(equals + 1, text.find("://", equals) - equals).find_first_of("= ;@/") == std::string_view::npos &&
      text.find("://", equals) != std::string_view::npos) {
    return fail(ExitCode::configuration,
                std::format("{} begins with a variable's name and '=', as in a line of an env file", variable),
                std::format("write only the URL into it: {}=postgresql://…", variable));
  }
  const std::string_view placeholder = first_placeholder(text);
  if (placeholder.empty()) return {};
  // Before the '@' it may be a piece of a password that happens to look like one.
  const bool may_be_secret = text.find('@', text.find(placeholder)) != std::string_view::npos || !text.contains('@');
  const std::string name =
      may_be_secret ? "a placeholder such as ${NAME}" : std::format("the placeholder {}", placeholder);
  return fail(
      ExitCode::configuration, std::format("{} has {} that nothing has replaced", variable, name),
      "Docker and Kubernetes do not expand variables in env files and Secrets: write the value itself; compose.yaml "
      "and Kubernetes' env expand ${NAME} and $(NAME) only if NAME is defined before; a '$' of a password is %24; to "
      "fill "
      "in variables here, name the database by parts: --database 'host=${DB_HOST} user=${DB_USER} …'");
}

}  // namespace pge
