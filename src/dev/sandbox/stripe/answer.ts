import { setTimeout as sleep } from 'node:timers/promises';
import { misreport } from '../faults/wrong-charges.js';
import type { Faults } from '../faults/faults.js';
import type { Sandbox } from '../sandbox.js';
import { fingerprintOf } from '../state/idempotency.js';
import type { Outcome } from '../state/records.js';
import { recordChange } from '../webhooks/changes.js';
import { type Endpoint, ENDPOINTS, orderOf } from './endpoints.js';
import type { FormRecord } from './form.js';
import { errorBody, invalid, StripeProblem } from './errors.js';

export interface ApiRequest {
  readonly endpoint: Endpoint;
  /** from the path; empty where the path has none */
  readonly id: string;
  readonly requestId: string;
  readonly path: string;
  readonly form: FormRecord;
  /** the idempotency key */
  readonly key: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly body: object;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Replays the response saved under the key, or executes the request.
 *
 * @throws StripeProblem for a request that is refused before its execution
 */
export async function answerRequest(sandbox: Sandbox, request: ApiRequest): Promise<Answer> {
  const { endpoint, id, path, form, key } = request;
  const { books, keys } = sandbox.store;
  sandbox.counts.note(endpoint, orderOf(endpoint, books, form, id));
  limitRate(sandbox.faults, endpoint);
  if (key !== undefined && key.length > 255) {
    throw invalid('An Idempotency-Key has at most 255 characters.');
  }
  const fingerprint = fingerprintOf(path, form);
  const saved = key === undefined ? undefined : keys.find(key, fingerprint);
  if (saved !== undefined) {
    await delay(sandbox, endpoint);
    const replayed = { 'Idempotent-Replayed': 'true', 'Original-Request': saved.requestId };
    const headers = { ...replayed, ...retryAdvice(saved.status) };
    return { status: saved.status, body: sandbox.store.readAnswer(saved.location), headers };
  }
  const work = ENDPOINTS[endpoint].prepare(books, form, id);
  if (key !== undefined) keys.claim(key, fingerprint);
  try {
    await delay(sandbox, endpoint);
    // Synchronous, so nothing else runs between reading the books and the change.
    const outcome = run(sandbox, request, work);
    const { status, body } = outcome;
    const { requestId } = request;
    const answer =
      key === undefined ? undefined : { key, fingerprint, status, requestId, at: Date.now(), body };
    recordChange(sandbox, outcome, { endpoint, requestId, answer });
    return { status, body, headers: key === undefined ? {} : retryAdvice(status) };
  } finally {
    if (key !== undefined) keys.release(key);
  }
}

/** The rate limiter runs before the idempotency layer, so its response is never saved. */
function limitRate(faults: Faults, endpoint: Endpoint): void {
  const global = faults.strike('http_429', endpoint);
  if (global === undefined && faults.strike('rate_limit', endpoint) === undefined) return;
  // See https://docs.stripe.com/rate-limits.
  const reason = global === undefined ? 'endpoint-rate' : 'global-rate';
  const headers = { 'Retry-After': global?.retryAfter ?? '1', 'Stripe-Rate-Limited-Reason': reason };
  const fields = { type: 'rate_limit_error', code: 'rate_limit', message: 'Too many requests.' } as const;
  throw new StripeProblem(429, fields, { headers });
}

async function delay({ faults, settings }: Sandbox, endpoint: Endpoint): Promise<void> {
  const milliseconds = settings.latencyMs + (faults.strike('latency', endpoint)?.latencyMs ?? 0);
  // The delay must not keep the process of a closed sandbox alive.
  if (milliseconds > 0) await sleep(milliseconds, undefined, { ref: false });
}

/** An error after the execution began is an outcome like any other, and is saved under the key. */
function run(sandbox: Sandbox, { endpoint, id }: ApiRequest, work: () => Outcome): Outcome {
  if (sandbox.faults.strike('http_500', endpoint) !== undefined) {
    const message = 'An unknown error occurred. The sandbox was told to fail this request.';
    return { status: 500, body: errorBody({ type: 'api_error', message }) };
  }
  if (endpoint === 'payment_intents.confirm') misreport(sandbox, id);
  try {
    return work();
  } catch (error) {
    if (!(error instanceof StripeProblem) || !error.began) throw error;
    return { status: error.status, body: errorBody(error.fields) };
  }
}

/** Tells clients not to retry a failure, which their key would only replay. */
function retryAdvice(status: number): Record<string, string> {
  return status >= 500 ? { 'Stripe-Should-Retry': 'false' } : {};
}
