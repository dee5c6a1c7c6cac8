import { randomBytes } from 'node:crypto';

const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** A random id in Stripe's style, such as `pi_3aB…`. */
export function newIdentifier(prefix: string, length: number): string {
  let id = prefix;
  for (const byte of randomBytes(length)) id += LETTERS.charAt(byte % LETTERS.length);
  return id;
}
