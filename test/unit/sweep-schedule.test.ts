import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { SchedulerRegistry } from '@nestjs/schedule';
import { performance } from 'node:perf_hooks';
import type { Database } from '../../src/platform/database/database.js';
import { type Sweep, SweepSchedule } from '../../src/platform/sweep-schedule.js';

afterEach(() => {
  jest.restoreAllMocks();
});

/** So long that it runs once, at the start. */
const NEVER_MS = 2_000_000_000;

function schedule(sweeps: readonly Sweep[], { isHeld = true } = {}): SweepSchedule {
  const transaction = { $queryRaw: async () => [{ held: isHeld }] };
  const database = {
    $transaction: async (work: (client: typeof transaction) => Promise<void>) => work(transaction),
  } as unknown as Database;
  const options = {
    name: 'test',
    lockId: 1,
    intervalMs: NEVER_MS,
    isMoreDue: ({ more = 0 }: Readonly<Record<string, number>>) => more > 0,
  };
  return new SweepSchedule(new SchedulerRegistry(), database, options, sweeps);
}

/** A sweep with this many batches of work. */
function sweep(batches: number, onBatch: (batch: number) => void = () => undefined) {
  const counted = {
    runs: 0,
    runOnce: async () => {
      counted.runs += 1;
      onBatch(counted.runs);
      return { more: counted.runs < batches ? 1 : 0 };
    },
  };
  return counted;
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 500; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function runToEnd(running: SweepSchedule): Promise<void> {
  running.start();
  await settled();
  await running.stop();
}

describe('a schedule of sweeps', () => {
  test('runs each sweep while more is due', async () => {
    const sweeps = [sweep(1), sweep(5)];
    await runToEnd(schedule(sweeps));
    expect(sweeps.map(({ runs }) => runs)).toEqual([1, 5]);
  });

  test('runs nothing where another process has the lock', async () => {
    const idle = sweep(1);
    await runToEnd(schedule([idle], { isHeld: false }));
    expect(idle.runs).toBe(0);
  });

  test('runs the next sweep where one fails', async () => {
    const failing = sweep(5, () => {
      throw new Error('down');
    });
    const next = sweep(2);
    await runToEnd(schedule([failing, next]));
    expect([failing.runs, next.runs]).toEqual([1, 2]);
  });

  test('leaves what is still due after a hundred batches to the next run', async () => {
    const endless = sweep(Infinity);
    await runToEnd(schedule([endless]));
    expect(endless.runs).toBe(100);
  });

  test('leaves what is still due after ten seconds to the next run, and goes on with the next sweep', async () => {
    let now = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    jest.spyOn(globalThis.performance, 'now').mockImplementation(() => now);
    const slow = sweep(Infinity, () => {
      now += 4_000;
    });
    const next = sweep(2);
    await runToEnd(schedule([slow, next]));
    expect([slow.runs, next.runs]).toEqual([3, 2]);
  });

  test('that is stopped begins no batch, and waits for the one that runs', async () => {
    let finish: () => void = () => undefined;
    const blocked = new Promise<void>((resolve) => (finish = resolve));
    let runs = 0;
    const waiting: Sweep = {
      runOnce: async () => {
        runs += 1;
        await blocked;
        return { more: 1 };
      },
    };
    const next = sweep(1);
    const running = schedule([waiting, next]);
    running.start();
    await settled();
    let isStopped = false;
    const stopped = running.stop().then(() => (isStopped = true));
    await settled();
    expect(isStopped).toBe(false);
    finish();
    await stopped;
    expect([runs, next.runs]).toEqual([1, 0]);
  });
});
