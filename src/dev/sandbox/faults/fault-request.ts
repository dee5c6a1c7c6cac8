import { type Endpoint, ENDPOINT_NAMES } from '../stripe/endpoints.js';

const FAULT_KINDS = [
  'latency',
  'http_500',
  'http_429',
  'rate_limit',
  'charged_then_timeout',
  'charged_then_reset',
  'outage',
  'wrong_amount',
  'wrong_mode',
  'duplicate_webhook',
  'drop_webhook',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** A fault as requested. */
export interface FaultRequest {
  readonly kind: FaultKind;
  /** by default every endpoint */
  readonly endpoint?: Endpoint;
  /** 0..1, by default 1 */
  readonly probability?: number;
  /** ends after this many strikes */
  readonly count?: number;
  /** ends after this many milliseconds */
  readonly durationMs?: number;
  /** only with `latency`: the delay of each response, in milliseconds */
  readonly latencyMs?: number;
  /** only with `rate_limit`: requests per second for each endpoint */
  readonly perSecond?: number;
  /** only with `http_429`: the value of the Retry-After header, unchanged */
  readonly retryAfter?: string;
  /** only with `wrong_amount`: the amount that is charged instead, in Stripe's units */
  readonly amount?: number;
  /** only with `wrong_amount`: the currency that is charged instead */
  readonly currency?: string;
}

interface FieldRule {
  readonly must: string;
  readonly holds: (value: unknown) => boolean;
  /** the only kind that may have it */
  readonly owner?: FaultKind;
}

const COUNT = {
  must: 'be a whole number of at least 1',
  holds: (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 1,
};

const FIELDS: Readonly<Record<Exclude<keyof FaultRequest, 'kind' | 'endpoint'>, FieldRule>> = {
  probability: {
    must: 'be a number from 0 to 1',
    holds: (value) => typeof value === 'number' && value >= 0 && value <= 1,
  },
  count: COUNT,
  durationMs: COUNT,
  latencyMs: { ...COUNT, owner: 'latency' },
  perSecond: { ...COUNT, owner: 'rate_limit' },
  retryAfter: {
    must: 'be printable ASCII text',
    holds: (value) => typeof value === 'string' && /^[\x20-\x7e]*$/.test(value),
    owner: 'http_429',
  },
  amount: { ...COUNT, owner: 'wrong_amount' },
  currency: {
    must: 'be three lower-case letters',
    holds: (value) => typeof value === 'string' && /^[a-z]{3}$/.test(value),
    owner: 'wrong_amount',
  },
};
const FIELD_NAMES = ['kind', 'endpoint', ...Object.keys(FIELDS)];

const CONFIRM: Endpoint = 'payment_intents.confirm';
/** These change an intent as it is confirmed. */
const AT_CONFIRM: readonly FaultKind[] = ['wrong_amount', 'wrong_mode'];

/**
 * Reads the body of `POST /_sandbox/faults`.
 *
 * @returns the fault, or an error message
 */
export function readFaultRequest(body: unknown): FaultRequest | string {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return 'the body must be a JSON object';
  const given = body as Record<string, unknown>;
  return whyInvalid(given) ?? (given as unknown as FaultRequest);
}

function whyInvalid(given: Readonly<Record<string, unknown>>): string | undefined {
  const unknown = Object.keys(given).find((name) => !FIELD_NAMES.includes(name));
  if (unknown !== undefined) return `unknown field ${unknown}; known are ${FIELD_NAMES.join(', ')}`;
  const { endpoint } = given;
  const kind = FAULT_KINDS.find((known) => known === given['kind']);
  if (kind === undefined) return `unknown kind ${shown(given['kind'])}; known are ${FAULT_KINDS.join(', ')}`;
  if (endpoint !== undefined && !ENDPOINT_NAMES.some((known) => known === endpoint)) {
    return `unknown endpoint ${shown(endpoint)}; known are ${ENDPOINT_NAMES.join(', ')}`;
  }
  if (AT_CONFIRM.includes(kind) && endpoint !== undefined && endpoint !== CONFIRM) {
    return `the kind ${kind} strikes ${CONFIRM} only`;
  }
  for (const [name, { must, holds, owner }] of Object.entries(FIELDS)) {
    const value = given[name];
    if (value === undefined) continue;
    if (!holds(value)) return `${name} must ${must}, got ${shown(value)}`;
    if (owner !== undefined && owner !== kind) return `${name} belongs to the kind ${owner}`;
  }
  return whyIncomplete(kind, given);
}

/** @returns an error message for a missing field that the kind requires */
function whyIncomplete(kind: FaultKind, given: Readonly<Record<string, unknown>>): string | undefined {
  if (kind === 'latency' && given['latencyMs'] === undefined) return 'the kind latency needs latencyMs';
  if (kind === 'rate_limit' && given['perSecond'] === undefined) return 'the kind rate_limit needs perSecond';
  if (kind === 'wrong_amount' && given['amount'] === undefined && given['currency'] === undefined) {
    return 'the kind wrong_amount needs amount, currency, or both';
  }
  return undefined;
}

function shown(value: unknown): string {
  return value === undefined ? '(none)' : JSON.stringify(value);
}
