#include "migrations/parse.hpp"

#include <algorithm>
#include <format>

#include "core/invalid.hpp"
#include "core/sha256.hpp"
#include "core/text.hpp"
#include "migrations/directives.hpp"
#include "migrations/directory.hpp"
#include "migrations/statement_rules.hpp"
#include "sql/splitter.hpp"

namespace pge {

namespace {

/// Everything below the line `-- migrate:down` at `marker`.
Result<> parse_down(Migration& migration, std::size_t marker, std::size_t memory) {
  const std::string_view text = migration.text;
  const auto transaction = transaction_option(migration.path, text, marker);
  if (!transaction) return std::unexpected(transaction.error());
  if (transaction->value_or(migration.transactional) != migration.transactional) {
    return invalid_at(migration.path, text, marker,
                      "both parts of a file run in the same way, with or without transaction",
                      migration.transactional ? "add this line at the top of the file: -- pg-entrypoint: no-transaction"
                                              : "leave transaction:true out, or move the up part to its own file");
  }
  const std::size_t begin = std::min(text.find('\n', marker), text.size() - 1) + 1;
  auto down = split_until(text, begin, migration.path, is_marker, memory);
  if (!down) return std::unexpected(std::move(down.error()));
  if (down->end < text.size()) return misplaced_marker(migration.path, text, down->end);
  migration.down = std::move(down->statements);
  migration.down_text = text.substr(begin);
  return check_statements(migration.down, migration.transactional, migration.path, text);
}

}  // namespace

Result<Migration> parse_migration(MigrationFile file, std::size_t memory) {
  Migration migration{.key = std::move(file.key),
                      .name = std::move(file.name),
                      .path = std::move(file.path),
                      .text = std::move(file.text),
                      .checksum = {},
                      .up = {},
                      .down = {},
                      .down_text = {}};
  const std::string_view text = migration.text;

  const auto header = read_header(migration.path, text);
  if (!header) return std::unexpected(header.error());
  migration.transactional = header->transactional;
  migration.lock_timeout = header->lock_timeout;
  migration.on_doubt = header->on_doubt;

  auto up = split_until(text, header->end, migration.path, is_marker, memory);
  if (!up) return std::unexpected(std::move(up.error()));
  migration.up = std::move(up->statements);
  if (up->end < text.size()) {
    if (classify_line(line_at(text, up->end)) != Marker::down) return misplaced_marker(migration.path, text, up->end);
  }
  if (auto fit = check_statements(migration.up, migration.transactional, migration.path, text); !fit) {
    return std::unexpected(std::move(fit.error()));
  }

  if (migration.up.empty()) {
    return invalid_file(migration.path, "the migration has no statement to run",
                        "write its SQL; if it is meant to do nothing: select 1;");
  }

  // White space at the end is no part of it: an empty line added before -- migrate:down is not drift.
  migration.checksum = sha256_hex(trim_end(text.substr(0, up->end)));
  if (migration.checksum.empty()) return fail(ExitCode::internal, "OpenSSL has no SHA-256");

  if (up->end < text.size()) {
    const std::size_t left = memory - std::min(memory, migration.up.memory());
    if (auto down = parse_down(migration, up->end, left); !down) return std::unexpected(std::move(down.error()));
  }
  return migration;
}

Result<std::vector<Migration>> load_migrations(const std::string& directory, bool allow_empty, std::size_t memory) {
  auto files = read_migration_files(directory, allow_empty, memory);
  if (!files) return std::unexpected(std::move(files.error()));
  std::vector<Migration> migrations;
  migrations.reserve(files->size());
  for (MigrationFile& file : *files) {
    auto migration = parse_migration(std::move(file), memory);
    if (!migration) return std::unexpected(std::move(migration.error()));
    memory -= std::min(memory, migration->up.memory() + migration->down.memory());
    migrations.push_back(*std::move(migration));
  }
  return migrations;
}

}  // namespace pge
