#include <format>
#include <string_view>

#include "cli/options.hpp"

namespace pge {
namespace {

constexpr std::size_t width = 80;
constexpr std::size_t indent = 6;

std::string wrapped(std::string_view text, std::size_t margin) {
  std::string out;
  std::string line(margin, ' ');
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, space);
    if (line.size() + word.size() + 1 > width && line.size() > margin) {
      out += line + "\n";
      line.assign(margin, ' ');
    }
    if (line.size() > margin) line += ' ';
    line += word;
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  return out + line + "\n";
}

std::string described(const CLI::Option& option) {
  std::string text = option.get_description();
  const std::string fallback = option.get_default_str();
  if (!fallback.empty()) text += std::format(" (default: {})", fallback);
  return wrapped(text, indent);
}

}  // namespace

std::string help_text(const CLI::App& app) {
  std::string out =
      "pg-entrypoint: the container entrypoint for applications that use PostgreSQL.\n"
      "Waits for the database, takes a lock, applies migrations, runs the application.\n"
      "\n"
      "Usage: pg-entrypoint [OPTIONS] [--] CMD [ARG...]\n"
      "       pg-entrypoint COMMAND [OPTIONS]\n"
      "\n"
      "Commands:\n";
  for (const CLI::App* sub : app.get_subcommands({})) {
    std::string usage = sub->get_name();
    for (const CLI::Option* option : sub->get_options()) {
      const bool positional = option->get_positional();
      std::string name = positional ? option->get_single_name() : option->get_name();
      if (!option->get_option_text().empty()) name += ' ' + option->get_option_text();
      usage += option->get_required() ? std::format(" {}", name) : std::format(" [{}]", name);
    }
    if (sub->get_name() == "run") usage += " [--] CMD...";
    constexpr std::size_t column = 20;
    const bool fits = usage.size() + 3 <= column;
    out += fits ? std::format("  {:<17} ", usage) : std::format("  {}\n", usage);
    out += wrapped(sub->get_description(), column).substr(fits ? column : 0);
  }
  for (const std::string& heading : app.get_groups()) {
    std::string body;
    for (const CLI::Option* option : app.get_options()) {
      if (option->get_group() != heading || option->get_envname().empty()) continue;
      body += std::format("  {} {}", option->get_name(), option->get_option_text());
      while (body.ends_with(' ')) body.pop_back();
      body += std::format("\n{}", described(*option));
    }
    if (!body.empty()) out += std::format("\n{}:\n{}", heading, body);
  }
  out +=
      "\n"
      "  -h, --help   show this help\n"
      "  --version    show the version; with --verbose, the commit and libraries too\n"
      "\n"
      "Every --some-option can be given as PG_ENTRYPOINT_SOME_OPTION instead.\n"
      "\n"
      "Database: DATABASE_URL (SQLAlchemy and other drivers' spellings work too),\n"
      "DATABASE_URL_FILE, or libpq's PG* variables. MIGRATE_DATABASE_URL[_FILE] takes\n"
      "precedence and can name another role; the application never sees it.\n"
      "\n"
      "Exit codes: 3 pending (check), 64 usage, 65 invalid migrations, 66 no files,\n"
      "69 no database in time, 70 internal error, 74 outcome unknown, 75 gave way to\n"
      "a lock, 76 migration failed, 77 refused by the database, 78 configuration,\n"
      "126/127 command cannot run / not found, 128+n ended by signal n; otherwise\n"
      "the application's own.\n";
  return out;
}

}  // namespace pge
