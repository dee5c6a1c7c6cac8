import { createHash } from 'node:crypto';
import type { Money } from '../order.js';

export interface OrderInput {
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  readonly paymentMethod: string;
  readonly expectedTotal?: Money | null;
}

/**
 * The version for new orders. Replays are always compared in the version of the stored order, so the format of a
 * version never changes. A new input field needs a new version, in two releases: the first adds the format to FORMATS;
 * once every process runs it, the second raises this number.
 */
export const FINGERPRINT_VERSION = 1;

/** By version: the parts of an input that are compared. */
const FORMATS: Readonly<Record<number, (input: OrderInput) => unknown>> = {
  1: ({ items, paymentMethod, expectedTotal }) => [
    items
      .map(({ sku, quantity }): [string, number] => [sku, quantity])
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
    paymentMethod,
    expectedTotal == null ? null : [expectedTotal.amount, expectedTotal.currency],
  ],
};

/** False for a version of a newer release. */
export function isKnownFingerprintVersion(version: number): boolean {
  return Object.hasOwn(FORMATS, version);
}

/**
 * SHA-256 of the input, independent of the order of its items and fields. Tells a client's retry from another input
 * under the same key.
 * @throws for an unknown version
 */
export function fingerprint(input: OrderInput, version = FINGERPRINT_VERSION): Uint8Array<ArrayBuffer> {
  const format = FORMATS[version];
  if (format === undefined) throw new Error(`unknown fingerprint version ${version}`);
  return new Uint8Array(
    createHash('sha256')
      .update(JSON.stringify(format(input)))
      .digest(),
  );
}
