#include "migrations/parse.hpp"

#include <algorithm>
#include <format>

#include "core/invalid.hpp"
#include "core/text.hpp"
#include "migrations/checksum.hpp"
#include "migrations/directives.hpp"
#include "migrations/file_kind.hpp"
#include "migrations/remark.hpp"
#include "migrations/statement_rules.hpp"
#include "sql/splitter.hpp"

namespace pge {

namespace {

/// Everything above the line `-- migrate:down`.
Result<Part> parse_up(Source source, const Header& header, std::size_t memory) {
  auto up = split_until(source, header.end, is_marker, memory);
  if (!up) return fail(std::move(up.error()));
  const std::string_view text = source.text;
  if (up->end < text.size() && classify_line(line_at(text, up->end)) != Marker::down) {
    return misplaced_marker(source, up->end);
  }
  Part part{.source = std::move(source),
            .text = text.substr(0, up->end),
            .statements = std::move(up->statements),
            .transactional = header.transactional,
            .shape = {.isolation = header.isolation},
            .lock_timeout = header.lock_timeout,
            .on_doubt = header.on_doubt};
  if (auto fit = check_statements(part); !fit) return fail(std::move(fit.error()));
  if (part.statements.empty() && !has_remark(part.text)) {
    return invalid_file(part.source.path, "the migration has no statement to run",
                        "write its SQL; if it is meant to do nothing, a comment that says so: -- nothing to do");
  }
  return part;
}

/// Everything below the line `-- migrate:down`, which follows the up part.
Result<Part> parse_down(const Part& up, const Header& header, std::size_t memory) {
  const std::size_t marker = up.text.size();
  const auto transaction = transaction_option(up.source, marker);
  if (!transaction) return fail(transaction.error());
  if (transaction->value_or(up.transactional) != up.transactional) {
    return invalid_at(up.source, marker, "both parts of a file run in the same way, with or without transaction",
                      up.transactional ? "add this line at the top of the file: -- pg-entrypoint: no-transaction"
                                       : "remove transaction:true, or move the up part to its own file");
  }
  const std::string_view text = up.source.text;
  const std::size_t begin = std::min(text.find('\n', marker), text.size() - 1) + 1;
  auto down = split_until(up.source, begin, is_marker, memory);
  if (!down) return fail(std::move(down.error()));
  if (down->end < text.size()) return misplaced_marker(up.source, down->end);
  Part part{.source = up.source,
            .text = text.substr(begin),
            .statements = std::move(down->statements),
            .transactional = up.transactional,
            .shape = {.isolation = header.isolation},
            .lock_timeout = up.lock_timeout,
            .on_doubt = up.on_doubt};
  if (auto fit = check_statements(part); !fit) return fail(std::move(fit.error()));
  return part;
}

}  // namespace

Result<Migration> parse_migration(MigrationFile file, std::size_t memory) {
  if (auto valid = check_kind(file.source); !valid) return fail(std::move(valid.error()));
  const auto header = read_header(file.source);
  if (!header) return fail(header.error());
  auto up = parse_up(std::move(file.source), *header, memory);
  if (!up) return fail(std::move(up.error()));
  Checksum checksum(up->source.text, up->text.size());
  // A late one is not waited for here.
  if ((checksum.is_late() ? checksum_of({}) : checksum.text()).empty())
    return fail(ExitCode::internal, "OpenSSL does not provide SHA-256");
  Migration migration{.key = std::move(file.key),
                      .name = std::move(file.name),
                      .checksum = std::move(checksum),
                      .up = *std::move(up),
                      .down = {}};
  if (migration.up.text.size() < migration.up.source.text.view().size()) {
    auto down = parse_down(migration.up, *header, memory - std::min(memory, migration.up.statements.memory()));
    if (!down) return fail(std::move(down.error()));
    migration.down = *std::move(down);
  }
  return migration;
}

std::size_t memory_of(const Migration& migration) {
  const auto of = [](const Part& part) { return part.statements.memory() + part.blocks.memory(); };
  return of(migration.up) + (migration.down ? of(*migration.down) : 0);
}

}  // namespace pge
