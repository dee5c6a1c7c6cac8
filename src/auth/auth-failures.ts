import { errors } from 'jose';
import { Counter } from 'prom-client';
import { log } from '../platform/observability/logger.js';
import type { Caller } from './caller.js';

/**
 * Why access was refused:
 * - missing: no token. malformed: not a JWT.
 * - expired; claims: a claim is wrong or missing.
 * - signature: signed with another key. algorithm, key: not an accepted one.
 * - forbidden: a valid token, but the field is for operators only.
 */
export type AuthFailure =
  'missing' | 'malformed' | 'expired' | 'claims' | 'signature' | 'algorithm' | 'key' | 'forbidden';

const failures = new Counter({
  name: 'auth_failures_total',
  help: 'Rejected tokens, and fields that a valid token may not use, by reason.',
  labelNames: ['reason'] as const,
});

/** At most one line per reason in this time: an attack is visible, but does not flood the log. */
const LOG_INTERVAL_MS = 60_000;

/** The first match wins. */
const REASONS = [
  [errors.JWTExpired, 'expired'],
  [errors.JWTClaimValidationFailed, 'claims'],
  [errors.JWSSignatureVerificationFailed, 'signature'],
  [errors.JOSEAlgNotAllowed, 'algorithm'],
  [errors.JOSENotSupported, 'algorithm'],
  [errors.JWKSNoMatchingKey, 'key'],
  [errors.JWKSMultipleMatchingKeys, 'key'],
] as const;

/** @param error one of jose's errors about a token */
export function reasonIn(error: unknown): AuthFailure {
  return REASONS.find(([kind]) => error instanceof kind)?.[1] ?? 'malformed';
}

/**
 * Counts failures and logs them at a bounded rate: the first one of a reason at once, then the number of further ones
 * once per interval. Tokens, customers and addresses are never logged.
 */
export class AuthFailures {
  /** Failures since the last line, by reason. */
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
    // The process may exit before the last line; the counter has all of them.
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

/** For HTTP and WebSocket alike. */
const authFailures = new AuthFailures((line) => {
  log.warn(line, 'access was refused');
});

/** Counts and logs the failure. @returns undefined, for "no caller" */
export function refuseAccess(reason: AuthFailure): Caller | undefined {
  authFailures.record(reason);
  return undefined;
}
