import { describe, expect, test } from '@jest/globals';
import { chooseFaults, FAULTS } from '../drills/catalogue/catalogue.js';
import type { Fault } from '../drills/catalogue/fault.js';
import { Random } from '../support/random.js';
import { areInConflict, schedule, type Step } from '../drills/schedule.js';

function steps(seed: number, faults: readonly Fault[], count: number): Step[] {
  const endless = schedule(new Random(seed), faults);
  return Array.from({ length: count }, () => endless.next().value).filter((step) => step !== undefined);
}

function summaryOf(list: readonly Step[]): unknown[] {
  return list.map(({ fault, plan, startAfterMs, number }) => [number, fault.name, plan, startAfterMs]);
}

describe('schedule', () => {
  test('depends on the seed alone', () => {
    expect(summaryOf(steps(7, FAULTS, 200))).toEqual(summaryOf(steps(7, FAULTS, 200)));
    expect(summaryOf(steps(8, FAULTS, 200))).not.toEqual(summaryOf(steps(7, FAULTS, 200)));
  });

  test('does not depend on the order in which faults are named', () => {
    const names = ['kill-worker', 'cut-postgres-link', 'flush-redis'];
    const some = steps(7, chooseFaults(names), 50);
    expect(summaryOf(steps(7, chooseFaults([...names].reverse()), 50))).toEqual(summaryOf(some));
    expect(new Set(some.map(({ fault }) => fault.name))).toEqual(new Set(names));
  });

  test('has every fault once in each round, in a different order', () => {
    const known = FAULTS.map(({ name }) => name).sort();
    const names = steps(3, FAULTS, 3 * FAULTS.length).map(({ fault }) => fault.name);
    const rounds = [0, 1, 2].map((round) => names.slice(round * known.length, (round + 1) * known.length));
    for (const round of rounds) expect([...round].sort()).toEqual(known);
    expect(rounds[0]).not.toEqual(rounds[1]);
  });

  test('numbers the steps, and leaves a gap before each', () => {
    const list = steps(5, FAULTS, 150);
    expect(list.map(({ number }) => number)).toEqual(list.map((_, index) => index));
    for (const { startAfterMs } of list) expect(startAfterMs).toBeGreaterThan(0);
  });

  test('lets most faults overlap with the one before', () => {
    const list = steps(11, FAULTS, 5 * FAULTS.length);
    const waiting = list.filter(({ plan }, index) => {
      const previous = list[index - 1];
      return previous !== undefined && areInConflict(plan, previous.plan);
    });
    expect(waiting.length).toBeLessThan(list.length / 5);
  });

  test('waits for the end of an earlier fault on the same target', () => {
    const list = steps(2, chooseFaults(['pause-redis']), 20);
    list.slice(1).forEach(({ startAfterMs }, index) => {
      expect(startAfterMs).toBeGreaterThan(list[index]?.plan.durationMs ?? 0);
    });
  });

  test('is empty if there are no faults', () => {
    expect([...schedule(new Random(1), [])]).toEqual([]);
  });
});
