import { promises as fs } from 'node:fs';
import path from 'node:path';
import { FileMigrationProvider, Kysely, Migrator, PostgresDialect } from 'kysely';
import pg from 'pg';

const db = new Kysely({
  dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: process.env.DATABASE_URL }) }),
});
const provider = new FileMigrationProvider({ fs, path, migrationFolder: path.resolve('migrations') });
// Without disableTransactions all files share one transaction, and CONCURRENTLY cannot run.
const { error, results } = await new Migrator({ db, provider, disableTransactions: true }).migrateToLatest();
for (const { status, migrationName } of results ?? []) console.log(`${status}: ${migrationName}`);
await db.destroy();
// It returns errors and does not throw them.
if (error) {
  console.error(error);
  process.exit(1);
}
