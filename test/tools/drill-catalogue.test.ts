import { describe, expect, test } from '@jest/globals';
import { chooseFaults, FAULTS } from '../drills/catalogue/catalogue.js';
import { PROCESSES } from '../drills/catalogue/targets.js';
import { Random } from '../support/random.js';

describe('the catalogue of faults', () => {
  test('has a unique name in kebab-case for each fault', () => {
    const names = FAULTS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  });

  test('plans only faults that claim something, and something that exists', () => {
    const known = [...PROCESSES, 'sandbox', 'postgres', 'redis', '*'];
    const random = new Random(1);
    for (const fault of FAULTS) {
      for (let draw = 0; draw < 20; draw += 1) {
        const { claims, durationMs } = fault.plan(random);
        expect(claims.length).toBeGreaterThan(0);
        expect(known).toEqual(expect.arrayContaining([...claims]));
        expect(durationMs).toBeGreaterThanOrEqual(0);
      }
    }
  });

  test('draws every process as the target of a fault on links', () => {
    const random = new Random(1);
    const struck = new Set<string>();
    const [fault] = chooseFaults(['cut-after-commit']);
    for (let draw = 0; draw < 200; draw += 1) struck.add(fault?.plan(random).target ?? '');
    expect(struck).toEqual(new Set(PROCESSES));
  });

  test('chooses faults by name', () => {
    expect(chooseFaults(undefined)).toBe(FAULTS);
    expect(chooseFaults(['pause-worker', 'kill-api']).map(({ name }) => name)).toEqual([
      'kill-api',
      'pause-worker',
    ]);
  });

  test('names an unknown fault, and the known ones', () => {
    expect(() => chooseFaults(['kill-api', 'kill-api-1'])).toThrow(
      /no fault "kill-api-1"\. The known ones are: kill-api, .*late-webhooks/,
    );
  });
});
