import pg from 'pg';
import type { Load } from './load.js';
import type { System } from './system.js';

interface StoredOrders {
  readonly orders: number;
  readonly confirmed: number;
  readonly letters: number;
  readonly holes: number;
}

/** A page of the sandbox's ledger. */
interface LedgerPage {
  readonly orders: readonly { readonly orderId: string; readonly captures: number }[];
  readonly hasMore: boolean;
}

/** Undefined if all acknowledged orders are stored completely and paid once each. */
export async function brokenInvariants(
  system: System,
  { acknowledged, lies }: Load,
): Promise<string | undefined> {
  const ids = acknowledged.map(({ id }) => id);
  const [stored] = await select<StoredOrders>(
    system,
    `SELECT count(*)::int AS orders, count(*) FILTER (WHERE status = 'CONFIRMED')::int AS confirmed,
       (SELECT count(*)::int FROM dead_letters WHERE order_id = ANY ($1)) AS letters,
       (SELECT count(*)::int FROM orders o WHERE id = ANY ($1) AND version <>
         (SELECT count(*) FROM order_events e WHERE e.order_id = o.id)) AS holes
     FROM orders WHERE id = ANY ($1)`,
    ids,
  );
  if (stored === undefined) throw new Error('PostgreSQL returned no counts');
  const captures = await capturesByOrder(system);
  const counts: readonly (readonly [number, string])[] = [
    [ids.length - stored.orders, 'LOST'],
    [stored.holes, 'with holes in their history'],
    [stored.letters, 'dead letters'],
    [stored.orders - stored.confirmed, 'not CONFIRMED'],
    [ids.filter((id) => captures.get(id) !== 1).length, 'not captured once'],
    [lies.length, `wrong answers, such as ${lies[0] ?? 'none'}`],
  ];
  const faults = counts.filter(([count]) => count > 0);
  return faults.length === 0 ? undefined : faults.map(([count, name]) => `${count} ${name}`).join(', ');
}

/** @param ids the statement's only parameter */
export async function select<Row extends object = object>(
  { postgres }: System,
  text: string,
  ids: readonly string[],
): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  try {
    return (await client.query<Row>(text, [ids])).rows;
  } finally {
    await client.end();
  }
}

async function capturesByOrder({ sandbox }: System): Promise<ReadonlyMap<string, number>> {
  const captures = new Map<string, number>();
  for (let after = '', hasMore = true; hasMore;) {
    const from = after === '' ? '' : `&after=${after}`;
    const response = await fetch(`${sandbox.url}/_sandbox/ledger?limit=1000${from}`);
    const page = (await response.json()) as LedgerPage;
    for (const order of page.orders) captures.set(order.orderId, order.captures);
    after = page.orders.at(-1)?.orderId ?? '';
    hasMore = page.hasMore;
  }
  return captures;
}
