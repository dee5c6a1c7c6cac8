import { invalidParameter, unauthorized } from './stripe-error.js';

/**
 * Checks the API key. It opens play money only, so a plain comparison is enough.
 *
 * @throws StripeProblem 401 for a missing or another key
 */
export function requireKey(authorization: string | undefined, secretKey: string): void {
  const key = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
  if (key === undefined) {
    throw unauthorized(
      'You did not provide an API key. Put it into the Authorization header, using Bearer auth.',
    );
  }
  if (key !== secretKey) {
    throw unauthorized(`Invalid API Key provided: ${key.slice(0, 8)}${'*'.repeat(8)}`);
  }
}

/** The `Idempotency-Key` header, or undefined where there is none. */
export function readIdempotencyKey(header: string | string[] | undefined): string | undefined {
  if (typeof header !== 'string' || header === '') return undefined;
  if (header.length <= 255) return header;
  throw invalidParameter('An Idempotency-Key has at most 255 characters.');
}
