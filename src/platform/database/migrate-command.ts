import { databaseUrlOf } from './database-url.js';
import { migrate } from './migrate.js';

/** `npm run migrate`: brings DATABASE_URL up to date. */
async function main(): Promise<void> {
  const applied = await migrate(databaseUrlOf(process.env));
  process.stdout.write(
    applied.length === 0 ? 'The database is up to date.\n' : `Applied: ${applied.join(', ')}\n`,
  );
}

// The engine leaves a timer behind that would keep the process for 10 s, so the end is explicit.
main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`migrate: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
