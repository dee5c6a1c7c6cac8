import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { PRISMA_DIR } from '../platform/database/migrations.js';

/** Adds the example catalogue. Existing products stay as they are. */
export async function seedProducts(databaseUrl: string): Promise<void> {
  const products = await readFile(`${PRISMA_DIR}products.json`, 'utf8');
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(
      `INSERT INTO products (sku, name, unit_amount, currency)
       SELECT sku, name, "unitAmount", currency
       FROM jsonb_to_recordset($1::jsonb) AS p (sku text, name text, "unitAmount" int, currency text)
       ON CONFLICT (sku) DO NOTHING`,
      [products],
    );
  } finally {
    await client.end();
  }
}
