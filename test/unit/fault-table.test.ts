import { describe, expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The tests of these first faults carry the fault's number in their titles. */
const NAMED_FAULTS = 36;

const rows = readFileSync('docs/faults.md', 'utf8')
  .split(/^(?=- |#)|\n\n/m)
  .flatMap((entry) => {
    const [, number, letter = ''] = /^- \*\*(\d+)(b?)\. /.exec(entry) ?? [];
    const files = [...entry.matchAll(/\]\(\.\.\/([^)]+)\)/g)].map(([, file]) => join(file ?? ''));
    return number === undefined ? [] : [{ fault: `${number}${letter}`, number: Number(number), files }];
  });

describe('docs/faults.md', () => {
  test('lists each fault once, in order, with none of the first 36 missing', () => {
    const faults = rows.map(({ fault }) => fault);
    expect(new Set(faults).size).toBe(faults.length);
    const numbers = rows.map(({ number }) => number);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(numbers.slice(0, NAMED_FAULTS)).toEqual(
      Array.from({ length: NAMED_FAULTS }, (_, index) => index + 1),
    );
  });

  test.each(rows)('names test files for fault $fault, which exist', ({ files }) => {
    expect(files).not.toEqual([]);
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
  });

  test.each(rows.slice(0, NAMED_FAULTS))(
    'names a test file that mentions fault $fault',
    ({ number, files }) => {
      const named = new RegExp(`\\b[Ff]ault ${number}\\b`);
      expect(files.some((file) => named.test(readFileSync(file, 'utf8')))).toBe(true);
    },
  );
});
