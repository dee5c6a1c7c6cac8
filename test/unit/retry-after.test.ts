import { describe, expect, test } from '@jest/globals';
import { retryAfterMs } from '../../src/payments/stripe/retry-after.js';

const NOW = new Date('2026-11-28T10:00:00.500Z');
const MAX_MS = 300_000;

describe('Retry-After', () => {
  test.each<[string, string | undefined, number | undefined]>([
    ['seconds', '3', 3_000],
    ['seconds between spaces', ' 3 ', 3_000],
    ['fractions of a second', '0.25', 250],
    ['a date', 'Sat, 28 Nov 2026 10:00:03 GMT', 2_500],
    ['a day', '86400', MAX_MS],
    ['more than an int4', '9999999999', MAX_MS],
    ['more than a number can hold', '9'.repeat(400), MAX_MS],
    ['a date a year ahead', 'Sun, 28 Nov 2027 10:00:00 GMT', MAX_MS],
    ['a date that has passed', 'Sat, 28 Nov 2026 09:59:00 GMT', undefined],
    ['zero seconds', '0', undefined],
    ['negative seconds', '-5', undefined],
    ['an invalid date', 'Sat, 99 Nov 2026 10:00:03 GMT', undefined],
    ['other text', 'soon', undefined],
    ['hexadecimal', '0x10', undefined],
    ['an empty header', '', undefined],
    ['no header', undefined, undefined],
  ])('is read in milliseconds, up to a maximum, or ignored: %s', (_what, header, expected) => {
    expect(retryAfterMs(header, { now: NOW, maxMs: MAX_MS })).toBe(expected);
  });
});
