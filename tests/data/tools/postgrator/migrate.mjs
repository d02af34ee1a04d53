import pg from 'pg';
import Postgrator from 'postgrator';

const client = new pg.Client(process.env.DATABASE_URL);
await client.connect();
const postgrator = new Postgrator({
  migrationPattern: 'migrations/*',
  driver: 'pg',
  database: client.database,
  execQuery: (query) => client.query(query),
});
try {
  for (const { filename } of await postgrator.migrate()) console.log(filename);
} finally {
  await client.end();
}
