import { errors } from 'jose';
import { Counter } from 'prom-client';
import { log } from '../platform/observability/logger.js';
import type { Caller } from './caller.js';

/**
 * Why somebody was refused:
 * - missing: no token was sent. malformed: what was sent is none.
 * - expired, claims: a token whose time is over, or whose claims are wrong or lack something.
 * - signature: signed with another key. algorithm, key: of a kind, or with a key, that is not accepted.
 * - forbidden: a good token, and a field that is for operators.
 */
export type AuthFailure =
  'missing' | 'malformed' | 'expired' | 'claims' | 'signature' | 'algorithm' | 'key' | 'forbidden';

const failures = new Counter({
  name: 'auth_failures_total',
  help: 'Refused tokens, and fields that a good token may not use, by reason.',
  labelNames: ['reason'] as const,
});

/** One line in so much time for each reason: an attack is seen, and does not fill the log. */
const LOG_INTERVAL_MS = 60_000;

/** Which of the errors that speak of the token stands for which reason; the first that fits. */
const REASONS = [
  [errors.JWTExpired, 'expired'],
  [errors.JWTClaimValidationFailed, 'claims'],
  [errors.JWSSignatureVerificationFailed, 'signature'],
  [errors.JOSEAlgNotAllowed, 'algorithm'],
  [errors.JOSENotSupported, 'algorithm'],
  [errors.JWKSNoMatchingKey, 'key'],
  [errors.JWKSMultipleMatchingKeys, 'key'],
] as const;

/** For one of the errors by which jose says what is wrong with a token. */
export function reasonIn(error: unknown): AuthFailure {
  return REASONS.find(([kind]) => error instanceof kind)?.[1] ?? 'malformed';
}

/**
 * Counts refusals, and logs them at a bounded rate: the first of a reason at once, and then once a minute how many have
 * come since. Neither token, customer nor address is logged.
 */
export class AuthFailures {
  /** By reason: how many have come since its last line. */
  private readonly unlogged = new Map<AuthFailure, number>();

  constructor(
    private readonly write: (line: { readonly reason: AuthFailure; readonly count: number }) => void,
    private readonly intervalMs = LOG_INTERVAL_MS,
  ) {}

  record(reason: AuthFailure): void {
    failures.inc({ reason });
    const unlogged = this.unlogged.get(reason);
    if (unlogged !== undefined) {
      this.unlogged.set(reason, unlogged + 1);
      return;
    }
    this.write({ reason, count: 1 });
    this.startInterval(reason);
  }

  private startInterval(reason: AuthFailure): void {
    this.unlogged.set(reason, 0);
    // The process may end without the last line: the counter has them all.
    setTimeout(() => {
      this.endInterval(reason);
    }, this.intervalMs).unref();
  }

  private endInterval(reason: AuthFailure): void {
    const count = this.unlogged.get(reason) ?? 0;
    this.unlogged.delete(reason);
    if (count === 0) return;
    this.write({ reason, count });
    this.startInterval(reason);
  }
}

/** The process's, for HTTP and WebSocket alike. */
const ofProcess = new AuthFailures((line) => {
  log.warn(line, 'access was refused');
});

/** Counts and logs it. @returns who calls: nobody */
export function refuseAccess(reason: AuthFailure): Caller | undefined {
  ofProcess.record(reason);
  return undefined;
}
