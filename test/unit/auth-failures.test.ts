import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { errors } from 'jose';
import { AuthFailures, reasonIn } from '../../src/auth/auth-failures.js';

const MINUTE_MS = 60_000;

describe('the log of authentication failures', () => {
  let lines: object[];
  let failures: AuthFailures;

  beforeEach(() => {
    jest.useFakeTimers();
    lines = [];
    failures = new AuthFailures((line) => lines.push(line));
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  test('has the first failure of a reason at once, and a count of the others once a minute', () => {
    for (let count = 1; count <= 1_000; count += 1) failures.record('expired');
    expect(lines.splice(0)).toEqual([{ reason: 'expired', count: 1 }]);
    jest.advanceTimersByTime(MINUTE_MS - 1);
    expect(lines).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(lines.splice(0)).toEqual([{ reason: 'expired', count: 999 }]);
    failures.record('expired');
    expect(lines).toEqual([]);
    jest.advanceTimersByTime(MINUTE_MS);
    expect(lines).toEqual([{ reason: 'expired', count: 1 }]);
  });

  test('has the first failure after a quiet minute at once', () => {
    failures.record('missing');
    jest.advanceTimersByTime(MINUTE_MS);
    expect(jest.getTimerCount()).toBe(0);
    failures.record('missing');
    expect(lines).toEqual([
      { reason: 'missing', count: 1 },
      { reason: 'missing', count: 1 },
    ]);
  });

  test('has each reason on its own', () => {
    failures.record('signature');
    failures.record('forbidden');
    failures.record('signature');
    expect(lines).toEqual([
      { reason: 'signature', count: 1 },
      { reason: 'forbidden', count: 1 },
    ]);
  });

  test.each([
    [new errors.JWTExpired('late', {}), 'expired'],
    [new errors.JWTClaimValidationFailed('early', {}, 'nbf'), 'claims'],
    [new errors.JWSSignatureVerificationFailed(), 'signature'],
    [new errors.JOSEAlgNotAllowed(), 'algorithm'],
    [new errors.JOSENotSupported(), 'algorithm'],
    [new errors.JWKSNoMatchingKey(), 'key'],
    [new errors.JWKSMultipleMatchingKeys(), 'key'],
    [new errors.JWTInvalid(), 'malformed'],
    [new errors.JWSInvalid(), 'malformed'],
  ])('has, for an error of jose %s, the reason %s', (error, reason) => {
    expect(reasonIn(error)).toBe(reason);
  });
});
