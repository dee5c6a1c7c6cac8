import { createHash } from 'node:crypto';
import type { Money } from '../order.js';

export interface OrderInput {
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  readonly paymentMethod: string;
  readonly expectedTotal?: Money | null;
}

/**
 * The version that new orders are stored with. Their retries are compared in it for good, so a version's format never
 * changes: what a new field of the input needs is a new version. That takes two releases: the first one adds the
 * format to FORMATS, and when all processes have it the second one raises this number.
 */
export const FINGERPRINT_VERSION = 1;

/** By version: what of an input makes it another one. */
const FORMATS: Readonly<Record<number, (input: OrderInput) => unknown>> = {
  1: ({ items, paymentMethod, expectedTotal }) => [
    items
      .map(({ sku, quantity }): [string, number] => [sku, quantity])
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
    paymentMethod,
    expectedTotal == null ? null : [expectedTotal.amount, expectedTotal.currency],
  ],
};

/** Whether this release can compare with a fingerprint of that version. One of a newer release it can't. */
export function isKnownFingerprintVersion(version: number): boolean {
  return Object.hasOwn(FORMATS, version);
}

/**
 * SHA-256 of what the input means: lines or fields in another order give the same value, anything else
 * another one. It tells a client's retry from a second order under the same key.
 * @throws where this release does not know the version
 */
export function fingerprint(input: OrderInput, version = FINGERPRINT_VERSION): Uint8Array<ArrayBuffer> {
  const format = FORMATS[version];
  if (format === undefined) throw new Error(`there is no fingerprint of version ${version}`);
  return new Uint8Array(
    createHash('sha256')
      .update(JSON.stringify(format(input)))
      .digest(),
  );
}
