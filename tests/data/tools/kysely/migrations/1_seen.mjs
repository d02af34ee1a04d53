import { sql } from 'kysely';

export const up = (db) =>
  sql`create table seen as select current_setting('client_connection_check_interval') as setting`.execute(db);
