import { describe, expect, test } from '@jest/globals';
import {
  IDEMPOTENCY_KEY,
  isBlank,
  PRODUCT_NAME,
  REASON,
  reasonText,
  SKU,
} from '../../src/graphql/inputs/formats.js';

/** Characters that would hide, break or reverse the line in which a person reads them. */
const HOSTILE: readonly [string, string][] = [
  ['NUL', '\0'],
  ['tab', '\t'],
  ['carriage return', '\r'],
  ['escape', '\x1b'],
  ['delete', '\x7f'],
  ['next line', '\x85'],
  ['soft hyphen', '\u00ad'],
  ['zero-width space', '\u200b'],
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

const JOINERS: readonly [string, string][] = [
  ['zero-width joiner', '\u200d'],
  ['zero-width non-joiner', '\u200c'],
];

describe.each([
  ['REASON', REASON, 500],
  ['PRODUCT_NAME', PRODUCT_NAME, 200],
])('%s', (_, format, limit) => {
  test('accepts text of any language, markup and code, up to its maximum length', () => {
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

  test.each(HOSTILE)('refuses a %s anywhere', (_name, character) => {
    for (const text of [character, `a${character}b`, `a${character}`, `${character}b`]) {
      expect(format.test(text)).toBe(false);
    }
  });

  test.each([
    ['Persian', 'می\u200cخواهم کتاب\u200cها را'],
    ['Persian with a number', 'قهوه ۱۲\u200cساله'],
    ['Sinhala', 'ශ්\u200dරී ලංකා'],
    ['an emoji of a family', 'for the 👨\u200d👩\u200d👧'],
    ['joined emojis with a skin tone and a variant', '👩🏽\u200d💻 ❤️\u200d🔥 🏳️\u200d🌈'],
  ])('accepts the joiners of %s', (_language, text) => {
    expect(text).toMatch(format);
  });

  test.each(JOINERS)('refuses a %s that joins nothing', (_name, joiner) => {
    const texts = [
      joiner,
      `a${joiner}`,
      `${joiner}b`,
      `a${joiner}${joiner}b`,
      `a ${joiner}b`,
      `a${joiner} b`,
    ];
    for (const text of [...texts, `4${joiner}2`, `a${joiner}4`, `a${joiner}\n`]) {
      expect([text, format.test(text)]).toEqual([text, false]);
    }
  });
});

test('a reason may have several lines, and a product name only one', () => {
  expect('one\ntwo\n\nthree').toMatch(REASON);
  expect(reasonText('one\r\ntwo\nthree')).toBe('one\ntwo\nthree');
  expect(reasonText('one\rtwo')).not.toMatch(REASON);
  expect(reasonText(7)).toBe(7);
  for (const name of ['one\ntwo', 'one\n', '\n']) expect(name).not.toMatch(PRODUCT_NAME);
});

test.each<[unknown, boolean]>([
  ['', true],
  [' \t\r\n\u00a0', true],
  ['.', false],
  [null, false],
  [0, false],
])('isBlank of %j is %p', (value, expected) => {
  expect(isBlank(value)).toBe(expected);
});

describe.each<[string, RegExp, number, string]>([
  ['IDEMPOTENCY_KEY', IDEMPOTENCY_KEY, 255, 'a key'],
  ['SKU', SKU, 64, 'a-sku'],
])('%s', (_, format, limit, good) => {
  test('accepts printable ASCII up to its maximum length', () => {
    for (const text of [good, "'--", '<b>', '~', '!', '{{7*7}}', '../../etc']) expect(text).toMatch(format);
    expect('k'.repeat(limit)).toMatch(format);
    expect('k'.repeat(limit + 1)).not.toMatch(format);
    expect('').not.toMatch(format);
  });

  test.each([
    ...HOSTILE,
    ...JOINERS,
    ['line feed', '\n'],
    ['letter beyond ASCII', 'ü'],
    ['no-break space', '\u00a0'],
    ['full-width letter', 'ａ'],
  ])('refuses a %s anywhere', (_name, character) => {
    for (const text of [character, `a${character}b`, `a${character}`, `${character}b`]) {
      expect(format.test(text)).toBe(false);
    }
  });
});

test('a SKU may not contain a space', () => {
  for (const text of [' ', 'a b', ' a', 'a ']) expect(text).not.toMatch(SKU);
});
