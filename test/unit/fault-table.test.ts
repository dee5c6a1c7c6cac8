import { describe, expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** These are there, and so is each one that has been thought of since. */
const FIRST_FAULTS = Array.from({ length: 36 }, (_, index) => index + 1);

const rows = readFileSync('docs/faults.md', 'utf8')
  .split('\n')
  .flatMap((line) => {
    const number = /^\| (\d+) \|/.exec(line)?.[1];
    const files = [...line.matchAll(/\]\(\.\.\/([^)]+)\)/g)].map(([, file]) => join(file ?? ''));
    return number === undefined ? [] : [{ number: Number(number), files }];
  });

describe('the table of faults', () => {
  test('has every fault once', () => {
    const numbers = rows.map(({ number }) => number);
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
    expect(numbers.slice(0, FIRST_FAULTS.length)).toEqual(FIRST_FAULTS);
  });

  test.each(rows)('names tests for fault $number, and they name it', ({ number, files }) => {
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
    const named = new RegExp(`\\b[Ff]ault ${number}\\b`);
    expect(files.some((file) => named.test(readFileSync(file, 'utf8')))).toBe(true);
  });
});
