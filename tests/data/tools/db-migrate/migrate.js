const DBMigrate = require('db-migrate');

// It prefers DATABASE_URL to what it is told, and takes only half of a password that has a colon.
const url = new URL(process.env.DATABASE_URL);
delete process.env.DATABASE_URL;
const production = {
  driver: 'pg',
  host: url.hostname,
  port: url.port || 5432,
  user: decodeURIComponent(url.username),
  password: decodeURIComponent(url.password),
  database: url.pathname.slice(1),
};
// For all files or for none; a file alone cannot say it.
const cmdOptions = { 'non-transactional': true };
DBMigrate.getInstance(true, { config: { production }, env: 'production', cwd: __dirname, cmdOptions })
  .up()
  .catch((error) => {
    console.error(error);
    process.exit(1);
  });
