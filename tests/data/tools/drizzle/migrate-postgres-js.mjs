import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';

// postgres.js does not read PGOPTIONS itself.
const connection = process.env.SETTINGS === 'none' ? {} : { options: process.env.PGOPTIONS };
const client = postgres(process.env.DATABASE_URL, { max: 1, connection, onnotice: () => {} });
await migrate(drizzle(client), { migrationsFolder: 'drizzle' });
await client.end();
