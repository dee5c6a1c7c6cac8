import { type Endpoint, ENDPOINT_NAMES } from '../stripe/endpoints.js';

/** What can be made to go wrong. */
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

/** A fault as it was asked for. */
export interface FaultRequest {
  readonly kind: FaultKind;
  /** left out: every endpoint */
  readonly endpoint?: Endpoint;
  /** 0..1, left out: always */
  readonly probability?: number;
  /** strikes so often at most */
  readonly count?: number;
  /** is over after that many milliseconds */
  readonly durationMs?: number;
  /** only with `latency`: how much later an answer comes, in milliseconds */
  readonly latencyMs?: number;
  /** only with `rate_limit`: how many requests each endpoint answers a second */
  readonly perSecond?: number;
  /** only with `http_429`: the Retry-After header, sent as it is */
  readonly retryAfter?: string;
  /** only with `wrong_amount`: what is charged instead, in Stripe's own units */
  readonly amount?: number;
  /** only with `wrong_amount`: the currency that is charged instead */
  readonly currency?: string;
}

interface FieldRule {
  readonly must: string;
  readonly holds: (value: unknown) => boolean;
  /** the only kind that it belongs to */
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
    must: 'be three small letters',
    holds: (value) => typeof value === 'string' && /^[a-z]{3}$/.test(value),
    owner: 'wrong_amount',
  },
};
const FIELD_NAMES = ['kind', 'endpoint', ...Object.keys(FIELDS)];

/** These change the intent when it is confirmed. */
const CONFIRM: Endpoint = 'payment_intents.confirm';
const AT_CONFIRM: readonly FaultKind[] = ['wrong_amount', 'wrong_mode'];

/**
 * Reads the body of `POST /_sandbox/faults`.
 *
 * @returns the fault, or a text that names what is wrong
 */
export function readFaultRequest(body: unknown): FaultRequest | string {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return 'the body must be a JSON object';
  const given = body as Record<string, unknown>;
  // Each field was checked.
  return whyWrong(given) ?? (given as unknown as FaultRequest);
}

function whyWrong(given: Readonly<Record<string, unknown>>): string | undefined {
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

/** Names a missing field without which the kind means nothing. */
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
