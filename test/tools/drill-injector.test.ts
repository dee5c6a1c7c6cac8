import { describe, expect, test } from '@jest/globals';
import type { Fault, Plan, Strike } from '../drills/catalogue/fault.js';
import { Injector } from '../drills/catalogue/injector.js';
import type { Step } from '../drills/schedule.js';
import type { System } from '../drills/system/system.js';
import { waitFor } from '../support/wait-for.js';

// The faults in these tests touch no system.
const NO_SYSTEM = {} as System;

/** A fault that lasts until the test ends it. */
class HeldFault implements Fault {
  readonly what = 'a test';
  hasBegun = false;
  private resolve: ((strike: Strike) => void) | undefined;
  private reject: ((error: Error) => void) | undefined;

  constructor(
    readonly name: string,
    private readonly claims: readonly string[],
  ) {}

  plan(): Plan {
    return { target: this.claims.join(' and '), durationMs: 0, claims: this.claims };
  }

  cause(): Promise<Strike> {
    this.hasBegun = true;
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  heal(struck = 1): void {
    this.resolve?.({ struck, detail: 'healed' });
  }

  fail(message: string): void {
    this.reject?.(new Error(message));
  }
}

class Drill {
  readonly injector: Injector;
  isOver = false;
  polls = 0;
  private readonly ended: Promise<unknown>;

  constructor(faults: readonly HeldFault[]) {
    const steps = faults.map((fault, number): Step => ({
      fault,
      number,
      plan: fault.plan(),
      startAfterMs: 1,
    }));
    this.injector = new Injector(NO_SYSTEM, steps.values(), () => performance.now());
    const shouldStop = (): boolean => {
      this.polls += 1;
      return this.isOver;
    };
    this.ended = this.injector.run({ shouldStop }).then(
      () => 'healed',
      (error: unknown) => error,
    );
  }

  async untilBegun(...faults: readonly HeldFault[]): Promise<void> {
    await waitFor('begun', async () => faults.every(({ hasBegun }) => hasBegun));
  }

  /** Waits until the injector has checked a few more times for a fault to begin. */
  async untilPolled(): Promise<void> {
    const { polls } = this;
    await waitFor('more polls', async () => this.polls >= polls + 3);
  }

  /** 'healed', or the error. */
  async end(): Promise<unknown> {
    return this.ended;
  }
}

describe('Injector', () => {
  test('causes faults with different claims at the same time, and waits for claims that are taken', async () => {
    const [a, b, c] = [
      new HeldFault('a', ['redis']),
      new HeldFault('b', ['api-1', 'api-2']),
      new HeldFault('c', ['api-2']),
    ];
    const drill = new Drill([a, b, c]);
    await drill.untilBegun(a, b);
    expect(drill.injector.active.map(({ name, target }) => [name, target])).toEqual([
      ['a', 'redis'],
      ['b', 'api-1 and api-2'],
    ]);
    a.heal();
    await drill.untilPolled();
    expect(c.hasBegun).toBe(false);
    b.heal();
    await drill.untilBegun(c);
    c.heal(0);
    expect(await drill.end()).toBe('healed');
    expect(drill.injector.active).toEqual([]);
    expect(drill.injector.entries).toMatchObject([
      { name: 'a', step: 0, target: 'redis', struck: 1, detail: 'healed' },
      { name: 'b', step: 1 },
      { name: 'c', step: 2, struck: 0 },
    ]);
    for (const { from, until } of drill.injector.entries) expect(until).toBeGreaterThanOrEqual(from);
  });

  test('starts the steps in order', async () => {
    const [a, b, c] = [
      new HeldFault('a', ['redis']),
      new HeldFault('b', ['redis']),
      new HeldFault('c', ['api-1']),
    ];
    const drill = new Drill([a, b, c]);
    await drill.untilBegun(a);
    await drill.untilPolled();
    expect(c.hasBegun).toBe(false);
    a.heal();
    await drill.untilBegun(b, c);
    b.heal();
    c.heal();
    expect(await drill.end()).toBe('healed');
  });

  test('causes a fault that claims everything on its own', async () => {
    const [a, everything, b] = [
      new HeldFault('a', ['redis']),
      new HeldFault('everything', ['*']),
      new HeldFault('b', ['api-1']),
    ];
    const drill = new Drill([a, everything, b]);
    await drill.untilBegun(a);
    await drill.untilPolled();
    expect(everything.hasBegun).toBe(false);
    a.heal();
    await drill.untilBegun(everything);
    await drill.untilPolled();
    expect(b.hasBegun).toBe(false);
    everything.heal();
    await drill.untilBegun(b);
    b.heal();
    expect(await drill.end()).toBe('healed');
  });

  test('runs three faults at most at the same time', async () => {
    const faults = ['a', 'b', 'c', 'd'].map((name) => new HeldFault(name, [name]));
    const drill = new Drill(faults);
    await drill.untilBegun(...faults.slice(0, 3));
    await drill.untilPolled();
    expect(drill.injector.active).toHaveLength(3);
    faults[1]?.heal();
    await drill.untilBegun(...faults);
    for (const fault of faults) fault.heal();
    expect(await drill.end()).toBe('healed');
  });

  test('begins no more faults after a stop, and waits until all have healed', async () => {
    const [a, b] = [new HeldFault('a', ['redis']), new HeldFault('b', ['redis'])];
    const drill = new Drill([a, b]);
    await drill.untilBegun(a);
    drill.isOver = true;
    const { polls } = drill;
    await waitFor('a poll after the stop', async () => drill.polls > polls);
    expect(drill.injector.active).toHaveLength(1);
    a.heal();
    expect(await drill.end()).toBe('healed');
    expect(b.hasBegun).toBe(false);
    expect(drill.injector.entries).toHaveLength(1);
  });

  test('fails with the fault that could not be caused, after the others have healed', async () => {
    const [a, b, c] = [
      new HeldFault('a', ['redis']),
      new HeldFault('b', ['api-1']),
      new HeldFault('c', ['redis']),
    ];
    const drill = new Drill([a, b, c]);
    await drill.untilBegun(a, b);
    b.fail('no such process');
    await waitFor('the failure', async () => drill.injector.active.length === 1);
    a.heal();
    expect(await drill.end()).toMatchObject({
      message: 'The fault b on api-1 (step 1) failed: no such process',
      cause: new Error('no such process'),
    });
    expect(drill.injector.entries.map(({ name }) => name)).toEqual(['a']);
    expect(c.hasBegun).toBe(false);
  });

  test('fails with all faults that could not be caused', async () => {
    const [a, b] = [new HeldFault('a', ['redis']), new HeldFault('b', ['api-1'])];
    const drill = new Drill([a, b]);
    await drill.untilBegun(a, b);
    a.fail('one');
    b.fail('two');
    expect(await drill.end()).toMatchObject({
      message: expect.stringMatching(/fault a .* one; .*fault b .* two/),
    });
  });
});
