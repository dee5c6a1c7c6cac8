import type { LedgerOrder } from '../evidence.js';
import type { WrongCharge } from '../money.js';
import type { System } from '../system/system.js';

const PAGE = 1_000;

interface LedgerPage {
  readonly orders: readonly LedgerOrder[];
  readonly hasMore: boolean;
}

/** Every movement of money, as the payment gateway reports it. */
export async function readLedger(system: Pick<System, 'control'>): Promise<LedgerOrder[]> {
  const orders: LedgerOrder[] = [];
  for (;;) {
    const last = orders.at(-1)?.orderId;
    const after = last === undefined ? '' : `&after=${encodeURIComponent(last)}`;
    const page = (await system.control('GET', `ledger?limit=${PAGE}${after}`)) as LedgerPage;
    orders.push(...page.orders);
    if (!page.hasMore) return orders;
    if (page.orders.length === 0)
      throw new Error('the ledger reports another page, but returned an empty one');
  }
}

/** The orders for which a fault made the gateway take another amount than requested. */
export async function readWrongCharges(system: Pick<System, 'control'>): Promise<readonly WrongCharge[]> {
  return ((await system.control('GET', 'wrong-charges')) as { orders: readonly WrongCharge[] }).orders;
}
