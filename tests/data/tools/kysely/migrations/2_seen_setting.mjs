import { sql } from 'kysely';

export const up = async (db) => {
  await sql`drop index concurrently if exists seen_setting`.execute(db);
  await sql`create index concurrently seen_setting on seen (setting)`.execute(db);
};
