import { type Money, type Order, orderFromRow, type OrderRow } from '../order.js';
import { CREATION } from '../lifecycle.js';
import { fingerprint, isKnownFingerprintVersion, type OrderInput } from './fingerprint.js';
import { maxTotal } from './max-total.js';

export interface NewOrder extends OrderInput {
  readonly customerId: string;
  readonly idempotencyKey: string;
}

export type CreateOrderOutcome =
  | { readonly kind: 'created'; readonly order: Order }
  | { readonly kind: 'replayed'; readonly order: Order }
  | { readonly kind: 'key-reused' }
  /** A newer release stored an order under the key; only that release can compare the inputs. */
  | { readonly kind: 'unknown-fingerprint-version'; readonly orderId: string }
  | { readonly kind: 'too-many-declines'; readonly retryAfterMs: number }
  | { readonly kind: 'product-unavailable'; readonly skus: readonly string[] }
  | { readonly kind: 'price-changed'; readonly total: Money }
  | { readonly kind: 'mixed-currencies'; readonly currencies: readonly string[] }
  | { readonly kind: 'total-too-large'; readonly maxTotal: Money };

/** A row that the create-orders statement returns for one requested order; `id` is null where none was stored. */
export interface CreatedRow {
  readonly id: string | null;
  readonly created_at: Date | null;
  readonly total: bigint | null;
  readonly currencies: string[] | null;
  readonly unavailable: string[] | null;
  readonly retry_after_ms: number | null;
}

export type StoredOrder = OrderRow & {
  readonly fingerprint: Uint8Array;
  readonly fingerprintVersion: number;
};

/** One string for each (customer, idempotency key). Customer ids have no control characters. */
export function keyOf({
  customerId,
  idempotencyKey,
}: Pick<NewOrder, 'customerId' | 'idempotencyKey'>): string {
  return `${customerId}\n${idempotencyKey}`;
}

/** The order that the statement stored; undefined where it stored none. */
export function createdOrder(order: NewOrder, row: CreatedRow | undefined): Order | undefined {
  if (row?.id == null || row.created_at === null) return undefined;
  const { customerId, idempotencyKey } = order;
  const { id, created_at: createdAt } = row;
  return {
    id,
    customerId,
    idempotencyKey,
    status: CREATION.status,
    version: 1,
    total: { amount: Number(row.total), currency: row.currencies?.[0] ?? '' },
    failure: null,
    createdAt,
    updatedAt: createdAt,
  };
}

/** The outcome of a create whose key already has an order. Never guesses about an unknown fingerprint version. */
export function replay(stored: StoredOrder, order: NewOrder): CreateOrderOutcome {
  const { id: orderId, fingerprintVersion: version } = stored;
  if (!isKnownFingerprintVersion(version)) return { kind: 'unknown-fingerprint-version', orderId };
  const same = Buffer.compare(stored.fingerprint, fingerprint(order, version)) === 0;
  return same ? { kind: 'replayed', order: orderFromRow(stored) } : { kind: 'key-reused' };
}

/** Why nothing was stored, where the key has no order. Undefined where the statement has found nothing wrong. */
export function rejection(order: NewOrder, row: CreatedRow | undefined): CreateOrderOutcome | undefined {
  if (row?.retry_after_ms != null) return { kind: 'too-many-declines', retryAfterMs: row.retry_after_ms };
  if (row?.unavailable != null) return { kind: 'product-unavailable', skus: row.unavailable };
  const [currency = '', ...others] = row?.currencies ?? [];
  if (others.length > 0) return { kind: 'mixed-currencies', currencies: [currency, ...others] };
  const amount = Number(row?.total);
  if (amount > maxTotal(currency))
    return { kind: 'total-too-large', maxTotal: { amount: maxTotal(currency), currency } };
  const expected = order.expectedTotal;
  if (expected != null && (expected.amount !== amount || expected.currency !== currency)) {
    return { kind: 'price-changed', total: { amount, currency } };
  }
  return undefined;
}
