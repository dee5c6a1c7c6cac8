import { describe, expect, test } from '@jest/globals';
import { IDEMPOTENCY_KEY, PRODUCT_NAME, REASON, SKU } from '../../src/api/inputs/formats.js';

/** What no text may hold that a person reads: each would hide, break or turn the line that it is shown in. */
const HOSTILE: readonly [string, string][] = [
  ['NUL', '\0'],
  ['tab', '\t'],
  ['line feed', '\n'],
  ['carriage return', '\r'],
  ['escape', '\x1b'],
  ['delete', '\x7f'],
  ['next line', '\x85'],
  ['soft hyphen', '\u00ad'],
  ['zero-width space', '\u200b'],
  ['zero-width joiner', '\u200d'],
  ['left-to-right mark', '\u200e'],
  ['right-to-left mark', '\u200f'],
  ['Arabic letter mark', '\u061c'],
  ['line separator', '\u2028'],
  ['paragraph separator', '\u2029'],
  ['right-to-left embedding', '\u202b'],
  ['right-to-left override', '\u202e'],
  ['pop of an isolate', '\u2069'],
  ['byte order mark', '\ufeff'],
  ['lone high surrogate', '\ud83d'],
  ['lone low surrogate', '\ude00'],
  ['private character', '\ue000'],
  ['unassigned character', '\uffff'],
  ['tag character', '\u{e0041}'],
];

describe.each([
  ['REASON', REASON, 500],
  ['PRODUCT_NAME', PRODUCT_NAME, 200],
])('%s', (_, format, limit) => {
  test('takes text of any language and script text, up to its limit', () => {
    const texts = [
      "Robert'); DROP TABLE orders; --",
      '<script>alert(1)</script>',
      'größer 茶 قهوة 🍵',
      ' ',
      '${7*7}',
    ];
    for (const text of texts) expect(text).toMatch(format);
    for (const unit of ['a', 'ß', '茶', '🍵']) {
      expect(unit.repeat(limit)).toMatch(format);
      expect(unit.repeat(limit + 1)).not.toMatch(format);
    }
    expect('').not.toMatch(format);
  });

  test.each(HOSTILE)('refuses a %s at any place', (_name, character) => {
    for (const text of [character, `a${character}b`, `a${character}`, `${character}b`]) {
      expect(format.test(text)).toBe(false);
    }
  });
});

describe.each<[string, RegExp, number, string]>([
  ['IDEMPOTENCY_KEY', IDEMPOTENCY_KEY, 255, 'a key'],
  ['SKU', SKU, 64, 'a-sku'],
])('%s', (_, format, limit, good) => {
  test('takes printable ASCII up to its limit', () => {
    for (const text of [good, "'--", '<b>', '~', '!', '{{7*7}}', '../../etc']) expect(text).toMatch(format);
    expect('k'.repeat(limit)).toMatch(format);
    expect('k'.repeat(limit + 1)).not.toMatch(format);
    expect('').not.toMatch(format);
  });

  test.each([
    ...HOSTILE,
    ['letter beyond ASCII', 'ü'],
    ['no-break space', '\u00a0'],
    ['full-width letter', 'ａ'],
  ])('refuses a %s at any place', (_name, character) => {
    for (const text of [character, `a${character}b`, `a${character}`, `${character}b`]) {
      expect(format.test(text)).toBe(false);
    }
  });
});

test('a SKU has no space', () => {
  for (const text of [' ', 'a b', ' a', 'a ']) expect(text).not.toMatch(SKU);
});
