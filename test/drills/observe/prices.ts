import type { RunFacts } from '../evidence.js';
import type { Observed } from './observed.js';

type PriceRow = RunFacts['prices'][string] & { readonly sku: string };

/** The catalogue's prices by SKU. */
export async function readPrices({ postgres }: Pick<Observed, 'postgres'>): Promise<RunFacts['prices']> {
  const rows = await postgres.query<PriceRow>(
    'SELECT sku, unit_amount AS amount, currency::text AS currency, active FROM products ORDER BY sku',
  );
  return Object.fromEntries(
    rows.map(({ sku, amount, currency, active }) => [sku, { amount, currency, active }]),
  );
}
