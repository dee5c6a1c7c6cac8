import { databaseUrlOf } from './database-url.js';
import { migrate } from './migrate.js';

/** `npm run migrate`: applies the migrations that the database at DATABASE_URL lacks. */
async function main(): Promise<void> {
  const applied = await migrate(databaseUrlOf(process.env));
  process.stdout.write(
    applied.length === 0 ? 'The database is up to date.\n' : `Applied: ${applied.join(', ')}\n`,
  );
}

main().catch((error: unknown) => {
  process.stderr.write(`migrate: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
