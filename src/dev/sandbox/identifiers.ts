import { randomFillSync } from 'node:crypto';

const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
// One system call fills the pool for a few hundred ids.
const pool = new Uint8Array(8192);
let used = pool.length;

/** A random id in Stripe's style, such as `pi_3aB…`. */
export function newIdentifier(prefix: string, length = 24): string {
  if (used + length > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  let id = prefix;
  for (const byte of pool.subarray(used, used + length)) id += LETTERS.charAt(byte % LETTERS.length);
  used += length;
  return id;
}
