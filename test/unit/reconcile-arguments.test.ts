import { describe, expect, test } from '@jest/globals';
import { readArguments } from '../../src/payments/reconcile/command/arguments.js';

describe('the arguments of npm run reconcile', () => {
  test('are a day and lines by default', () => {
    expect(readArguments([])).toEqual({ sinceMs: 86_400_000, json: false });
  });

  test.each([
    [['--since', '90s'], { sinceMs: 90_000, json: false }],
    [['--since=30d', '--json'], { sinceMs: 2_592_000_000, json: true }],
  ])('can be %j', (parameters, expected) => {
    expect(readArguments(parameters)).toEqual(expected);
  });

  test.each([[['--since', 'yesterday']], [['--since']], [['--until', '1h']], [['24h']], [['--json=yes']]])(
    'can not be %j',
    (parameters) => {
      expect(() => readArguments(parameters)).toThrow();
    },
  );
});
