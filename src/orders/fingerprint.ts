import { createHash } from 'node:crypto';
import type { Money } from './order.js';

export interface OrderInput {
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  readonly paymentMethod: string;
  readonly expectedTotal?: Money | null;
}

/**
 * SHA-256 of what the input means: lines or fields in another order give the same value, anything else
 * another one. It tells a client's retry from a second order under the same key.
 */
export function fingerprint(input: OrderInput): Uint8Array<ArrayBuffer> {
  const lines = input.items
    .map(({ sku, quantity }): [string, number] => [sku, quantity])
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const total = input.expectedTotal ?? null;
  const meaning = [lines, input.paymentMethod, total === null ? null : [total.amount, total.currency]];
  return new Uint8Array(createHash('sha256').update(JSON.stringify(meaning)).digest());
}
