import { describe, expect, test } from '@jest/globals';
import { retryAfterMs } from '../../src/payments/stripe/retry-after.js';

const NOW = new Date('2026-11-28T10:00:00.500Z');
const MAX_MS = 300_000;

describe('Retry-After', () => {
  test.each<[string, string | undefined, number | undefined]>([
    ['seconds', '3', 3_000],
    ['seconds with spaces around', ' 3 ', 3_000],
    ['parts of seconds', '0.25', 250],
    ['a date', 'Sat, 28 Nov 2026 10:00:03 GMT', 2_500],
    ['a day', '86400', MAX_MS],
    ['more than an int4', '9999999999', MAX_MS],
    ['more than any number', '9'.repeat(400), MAX_MS],
    ['a date in a year', 'Sun, 28 Nov 2027 10:00:00 GMT', MAX_MS],
    ['a date that has passed', 'Sat, 28 Nov 2026 09:59:00 GMT', undefined],
    ['no time', '0', undefined],
    ['negative seconds', '-5', undefined],
    ['a date that is none', 'Sat, 99 Nov 2026 10:00:03 GMT', undefined],
    ['something else', 'soon', undefined],
    ['hexadecimal', '0x10', undefined],
    ['nothing', '', undefined],
    ['no header', undefined, undefined],
  ])('%s', (_what, header, expected) => {
    expect(retryAfterMs(header, { now: NOW, maxMs: MAX_MS })).toBe(expected);
  });
});
