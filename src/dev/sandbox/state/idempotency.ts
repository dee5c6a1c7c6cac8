import { hash } from 'node:crypto';
import type { Location } from './journal.js';
import type { FormRecord, FormValue } from '../stripe/form.js';
import { StripeProblem } from '../stripe/errors.js';

/** The first response under a key. Its body is in the journal. */
export interface SavedKey {
  readonly fingerprint: string;
  readonly status: number;
  readonly requestId: string;
  /** when it was saved, in milliseconds */
  readonly at: number;
  readonly location: Location;
}

/** A hash of path and parameters, whatever their order: equal for the same request under a key. */
export function fingerprintOf(path: string, form: FormRecord): string {
  return hash('sha1', `${path}\n${canonical(form)}`, 'base64');
}

function canonical(value: FormValue): string {
  if (typeof value === 'string') return JSON.stringify(value);
  const parts = Object.entries(value)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, nested]) => `${JSON.stringify(name)}:${canonical(nested)}`);
  return `{${parts.join(',')}}`;
}

/**
 * The idempotency keys of POST requests: one request at a time runs under a key, and its response is replayed.
 * See https://docs.stripe.com/api/idempotent_requests.
 */
export class IdempotencyKeys {
  readonly #timeToLiveMs: number;
  // In the order in which they were saved, so the expired ones come first.
  readonly #saved = new Map<string, SavedKey>();
  readonly #inFlight = new Map<string, string>();

  constructor(timeToLiveMs: number) {
    this.#timeToLiveMs = timeToLiveMs;
  }

  /**
   * The saved response, or undefined for an unused key.
   *
   * @throws StripeProblem 400 for a key of another request, 409 for one in flight
   */
  find(key: string, fingerprint: string): SavedKey | undefined {
    const inFlight = this.#inFlight.get(key);
    if (inFlight !== undefined) throw inFlight === fingerprint ? keyInUse(key) : keyReused(key);
    const saved = this.#saved.get(key);
    if (saved === undefined || this.#expired(saved)) return undefined;
    if (saved.fingerprint !== fingerprint) throw keyReused(key);
    return saved;
  }

  /** Marks a key as in flight. */
  claim(key: string, fingerprint: string): void {
    this.#inFlight.set(key, fingerprint);
  }

  /** Marks a key as no longer in flight. */
  release(key: string): void {
    this.#inFlight.delete(key);
  }

  save(key: string, saved: SavedKey): void {
    if (this.#expired(saved)) return;
    this.#saved.delete(key);
    this.#saved.set(key, saved);
    this.#dropExpired();
  }

  forgetAll(): void {
    this.#saved.clear();
  }

  /** The saved responses that have not expired. */
  *entries(): Iterable<[string, SavedKey]> {
    for (const entry of this.#saved) if (!this.#expired(entry[1])) yield entry;
  }

  #expired(saved: SavedKey): boolean {
    return saved.at + this.#timeToLiveMs <= Date.now();
  }

  #dropExpired(): void {
    for (const [key, saved] of this.#saved) {
      if (!this.#expired(saved)) return;
      this.#saved.delete(key);
    }
  }
}

function keyInUse(key: string): StripeProblem {
  const message =
    'There is currently another in-progress request using this Idempotent Key (that probably means you ' +
    `submitted twice, and the other request is still going through): ${key}. Please try again later.`;
  const fields = { type: 'idempotency_error', code: 'idempotency_key_in_use', message } as const;
  return new StripeProblem(409, fields, { headers: { 'Stripe-Should-Retry': 'true' } });
}

function keyReused(key: string): StripeProblem {
  const message =
    'Keys for idempotent requests can only be used with the same parameters they were first used with. ' +
    `Try using a key other than '${key}' if you meant to execute a different request.`;
  return new StripeProblem(400, { type: 'idempotency_error', message });
}
