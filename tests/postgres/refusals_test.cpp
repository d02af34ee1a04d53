#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <ranges>
#include <string>
#include <vector>

#include "core/redact.hpp"
#include "postgres/connect_failure.hpp"
#include "postgres/refusal_rule.hpp"

using pge::ExitCode;
using pge::Next;
using pge::Outcome;

namespace {

std::string trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" `");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" `") - first + 1));
}

/// The rows of the tables in docs/refusals.md, as "sqlstate|text|then".
std::vector<std::string> documented(std::size_t columns) {
  std::ifstream file(PGE_TEST_DATA "/../../docs/refusals.md");
  std::vector<std::string> rows;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| `")) continue;
    std::vector<std::string> cells;
    for (const auto cell : std::string_view(line).substr(1) | std::views::split('|')) {
      cells.push_back(trimmed(std::string_view(cell)));
    }
    cells.pop_back();  // after the last bar
    if (cells.size() != columns) continue;
    const bool server = columns == 4;
    const std::string text = server ? cells[1] : cells[0];
    rows.push_back((server ? cells[0] : "") + "|" + (text == "anything else" ? "" : text) + "|" + cells[columns - 2]);
  }
  return rows;
}

std::vector<std::string> rows_of(std::span<const pge::RefusalRule> rules) {
  std::vector<std::string> rows;
  rows.reserve(rules.size());
  for (const pge::RefusalRule& rule : rules) {
    std::string text = trimmed(rule.text);
    if (!rule.also.empty()) text += " … " + trimmed(rule.also);
    const char* then = rule.outcome == Outcome::at_once       ? "78 at once"
                       : rule.outcome == Outcome::after_grace ? "78 after the grace"
                       : rule.outcome == Outcome::refused     ? "77 after the grace"
                                                              : "69 at the end";
    rows.push_back(std::string(rule.sqlstate) + "|" + text + "|" + then);
  }
  return rows;
}

}  // namespace

TEST_CASE("docs/refusals.md lists the rules, in their order") {
  CHECK(documented(3) == rows_of(pge::libpq_refusals()));
  CHECK(documented(4) == rows_of(pge::server_refusals()));
}

TEST_CASE("every rule has a hint, and no rule hides behind an earlier one") {
  for (const auto rules : {pge::libpq_refusals(), pge::server_refusals()}) {
    for (auto rule = rules.begin(); rule != rules.end(); ++rule) {
      INFO(rule->sqlstate << " " << rule->text);
      CHECK_FALSE(rule->hint({}).empty());
      const bool hidden = std::any_of(rules.begin(), rule, [&](const pge::RefusalRule& earlier) {
        return rule->sqlstate.starts_with(earlier.sqlstate) && rule->text.starts_with(earlier.text) &&
               earlier.place == rule->place && earlier.also.empty();
      });
      CHECK_FALSE(hidden);
    }
  }
}

TEST_CASE("no hint reads like a password that is given, and by parts none speaks of a URL") {
  const pge::Redactor redact;
  pge::ConnectionSettings parts;
  parts.parts_option = "--database";
  for (const auto rules : {pge::libpq_refusals(), pge::server_refusals()}) {
    for (const pge::RefusalRule& rule : rules) {
      const std::string by_url = rule.hint({});
      const std::string by_parts = pge::fit_to_source(rule.hint(parts), parts);
      INFO(rule.sqlstate << " " << rule.text << ": " << by_parts);
      CHECK(redact(by_url) == by_url);
      CHECK(redact(by_parts) == by_parts);
      CHECK(pge::fit_to_source(by_url, {}) == by_url);
      for (const char* word : {"the URL", "://", "@", "percent"}) CHECK_FALSE(by_parts.contains(word));
    }
  }
}

TEST_CASE("a server's answer is judged by its SQLSTATE, and a pooler's by its text too") {
  struct Case {
    const char* sqlstate;
    const char* message;
    ExitCode code;
    Next next;
  };
  for (const auto& [sqlstate, message, code, next] : std::initializer_list<Case>{
           {"28P01", "password authentication failed", ExitCode::refused, Next::transient()},
           {"3D000", "la base de données n'existe pas", ExitCode::refused, Next::transient()},
           {"42501", "permission denied for database \"app\"", ExitCode::refused, Next::transient()},
           {"42501", "permission denied to set parameter \"x\"", ExitCode::configuration, Next::transient()},
           {"42704", "unrecognized configuration parameter \"x\"", ExitCode::configuration, Next::transient()},
           {"08P01", "unsupported startup parameter: search_path", ExitCode::configuration, Next::transient()},
           {"08P01", "query_wait_timeout", ExitCode::unavailable, Next::reconnect()},
           {"08P01", "something that nobody knows", ExitCode::unavailable, Next::reconnect()},
           {"53300", "too many clients already", ExitCode::unavailable, Next::reconnect()},
           {"57P03", "the database system is starting up", ExitCode::unavailable, Next::reconnect()},
           {"XX000", "internal error", ExitCode::unavailable, Next::reconnect()},
           {"", "the connection was lost", ExitCode::unavailable, Next::reconnect()},
       }) {
    INFO(sqlstate << " " << message);
    const pge::Error error =
        pge::server_refusal({.message = message, .server = pge::ServerError{.sqlstate = sqlstate}}, {});
    CHECK(error.code == code);
    CHECK(error.next == next);
  }
  CHECK(pge::server_refusal(pge::stopped_by(15), {}).is_stop());
}
