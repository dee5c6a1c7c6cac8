import { databaseUrlOf } from '../platform/database/database-url.js';
import { seedProducts } from './seed.js';

/** `npm run seed`: adds the example catalogue to DATABASE_URL. */
async function main(): Promise<void> {
  await seedProducts(databaseUrlOf(process.env));
}

main().catch((error: unknown) => {
  process.stderr.write(`seed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
