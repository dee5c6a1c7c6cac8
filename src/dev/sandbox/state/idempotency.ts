import { hash } from 'node:crypto';
import type { Location } from './journal.js';
import type { FormRecord, FormValue } from '../stripe/form.js';
import { StripeProblem } from '../stripe/errors.js';

/** What is known of a key's first answer. The answer's body stays in the journal. */
export interface SavedKey {
  readonly fingerprint: string;
  readonly status: number;
  readonly requestId: string;
  /** when it was saved, in milliseconds */
  readonly at: number;
  readonly location: Location;
}

/** Tells whether two requests under one key are the same: path and parameters, in any order. */
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
 * The keys of POST requests: at most one request works under a key at a time, and its first answer is
 * repeated. See https://docs.stripe.com/api/idempotent_requests.
 */
export class IdempotencyKeys {
  readonly #timeToLiveMs: number;
  // In the order in which they were saved, so that the expired ones are in front.
  readonly #saved = new Map<string, SavedKey>();
  readonly #inFlight = new Map<string, string>();

  constructor(timeToLiveMs: number) {
    this.#timeToLiveMs = timeToLiveMs;
  }

  /**
   * The saved answer, or undefined where the key is free.
   *
   * @throws StripeProblem 400 for a key of another request, 409 for one in flight
   */
  find(key: string, fingerprint: string): SavedKey | undefined {
    const working = this.#inFlight.get(key);
    if (working !== undefined) throw working === fingerprint ? keyInUse(key) : keyReused(key);
    const saved = this.#saved.get(key);
    if (saved === undefined || this.#expired(saved)) return undefined;
    if (saved.fingerprint !== fingerprint) throw keyReused(key);
    return saved;
  }

  /** Marks a key as in flight. */
  claim(key: string, fingerprint: string): void {
    this.#inFlight.set(key, fingerprint);
  }

  /** The request under the key is over, whatever became of it. */
  release(key: string): void {
    this.#inFlight.delete(key);
  }

  /** Keeps an answer that is in the journal. */
  save(key: string, saved: SavedKey): void {
    if (this.#expired(saved)) return;
    this.#saved.delete(key);
    this.#saved.set(key, saved);
    this.#dropExpired();
  }

  /** Forgets every saved answer. */
  forgetAll(): void {
    this.#saved.clear();
  }

  /** The saved answers that have not expired. */
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

/** A key that another request is using at this moment. */
function keyInUse(key: string): StripeProblem {
  const message =
    'There is currently another in-progress request using this Idempotent Key (that probably means you ' +
    `submitted twice, and the other request is still going through): ${key}. Please try again later.`;
  const fields = { type: 'idempotency_error', code: 'idempotency_key_in_use', message } as const;
  return new StripeProblem(409, fields, { headers: { 'Stripe-Should-Retry': 'true' } });
}

/** A key that was first used with another path or other parameters. */
function keyReused(key: string): StripeProblem {
  const message =
    'Keys for idempotent requests can only be used with the same parameters they were first used with. ' +
    `Try using a key other than '${key}' if you meant to execute a different request.`;
  return new StripeProblem(400, { type: 'idempotency_error', message });
}
