import { ENDPOINTS, type Endpoint } from './routes.js';

/** What can be made to go wrong. */
export const FAULT_KINDS = [
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

/** These change the intent when it is confirmed. */
const CONFIRM: Endpoint = 'payment_intents.confirm';
const AT_CONFIRM: readonly FaultKind[] = ['wrong_amount', 'wrong_mode'];

const COUNTS = ['count', 'durationMs', 'latencyMs', 'perSecond', 'amount'] as const;
const OWNERS = {
  latencyMs: 'latency',
  perSecond: 'rate_limit',
  retryAfter: 'http_429',
  amount: 'wrong_amount',
  currency: 'wrong_amount',
} as const;
const FIELDS = ['kind', 'endpoint', 'probability', 'count', 'durationMs', ...Object.keys(OWNERS)];

/**
 * Reads the body of `POST /_sandbox/faults`.
 *
 * @returns the fault, or a text that names what is wrong
 */
export function readFaultRequest(body: unknown): FaultRequest | string {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return 'the body must be a JSON object';
  const given = body as Record<string, unknown>;
  const problem = whyWrong(given);
  // Each field was checked.
  return problem ?? (given as unknown as FaultRequest);
}

function whyWrong(given: Readonly<Record<string, unknown>>): string | undefined {
  const unknown = Object.keys(given).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) return `unknown field ${unknown}; known are ${FIELDS.join(', ')}`;
  const { endpoint, probability, retryAfter, currency } = given;
  const kind = FAULT_KINDS.find((known) => known === given['kind']);
  if (kind === undefined) return `unknown kind ${shown(given['kind'])}; known are ${FAULT_KINDS.join(', ')}`;
  if (endpoint !== undefined && !ENDPOINTS.some((known) => known === endpoint)) {
    return `unknown endpoint ${shown(endpoint)}; known are ${ENDPOINTS.join(', ')}`;
  }
  if (AT_CONFIRM.includes(kind) && endpoint !== undefined && endpoint !== CONFIRM) {
    return `the kind ${kind} strikes ${CONFIRM} only`;
  }
  if (
    probability !== undefined &&
    !(typeof probability === 'number' && probability >= 0 && probability <= 1)
  ) {
    return `probability must be a number from 0 to 1, got ${shown(probability)}`;
  }
  const wrongCount = COUNTS.find((name) => !isOptionalCount(given[name]));
  if (wrongCount !== undefined) {
    return `${wrongCount} must be a whole number of at least 1, got ${shown(given[wrongCount])}`;
  }
  if (retryAfter !== undefined && !(typeof retryAfter === 'string' && /^[\x20-\x7e]*$/.test(retryAfter))) {
    return `retryAfter must be printable ASCII text, got ${shown(retryAfter)}`;
  }
  if (currency !== undefined && !(typeof currency === 'string' && /^[a-z]{3}$/.test(currency))) {
    return `currency must be three small letters, got ${shown(currency)}`;
  }
  return misplaced(kind, given);
}

/** A field of another kind, or a missing one without which the kind means nothing. */
function misplaced(kind: FaultKind, given: Readonly<Record<string, unknown>>): string | undefined {
  for (const [name, owner] of Object.entries(OWNERS)) {
    if (given[name] !== undefined && kind !== owner) return `${name} belongs to the kind ${owner}`;
  }
  if (kind === 'latency' && given['latencyMs'] === undefined) return 'the kind latency needs latencyMs';
  if (kind === 'rate_limit' && given['perSecond'] === undefined) return 'the kind rate_limit needs perSecond';
  if (kind === 'wrong_amount' && given['amount'] === undefined && given['currency'] === undefined) {
    return 'the kind wrong_amount needs amount, currency, or both';
  }
  return undefined;
}

function isOptionalCount(value: unknown): boolean {
  return value === undefined || (Number.isSafeInteger(value) && Number(value) >= 1);
}

function shown(value: unknown): string {
  return value === undefined ? '(none)' : JSON.stringify(value);
}
