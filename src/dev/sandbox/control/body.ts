import { invalid } from '../stripe/errors.js';

/** @throws StripeProblem for a body that is no object, or has other fields */
export function readBody(body: unknown, fields: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw invalid('The body must be a JSON object.');
  }
  const unknown = Object.keys(body).find((name) => !fields.includes(name));
  if (unknown === undefined) return body as Readonly<Record<string, unknown>>;
  throw invalid(`Unknown field ${unknown}; known are ${fields.join(', ')}.`, { param: unknown });
}

/** Reads the field `paymentIntent`. @throws StripeProblem where it is no id */
export function requireIntentId(value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw invalid('paymentIntent must be the id of a PaymentIntent.', { param: 'paymentIntent' });
}
